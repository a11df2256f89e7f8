#include "pipeline/draft/choice.h"

#include "base/date.h"
#include "base/idno.h"
#include "base/map.h"

#define MOSTLY 50

/* ---- Values ---- */

static bool is_date(struct str s)
{
    struct date_span ignored;
    return s.n >= 8 && date_parse(s, &ignored) == RC_OK;
}

static bool is_number(struct str s)
{
    size_t digits = 0;
    while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9') {
        digits++;
    }
    return digits == s.n && s.n < 8 && (s.n == 1 || s.p[0] != '0');
}

static bool is_amount(struct str s)
{
    size_t dot = str_find(s, '.');
    return dot < s.n && s.n - dot <= 3 && is_number(str_sub(s, 0, dot)) && dot > 0;
}

static bool is_identity(struct str s)
{
    struct idno id;
    idno_normalize(s, &id);
    return id.state == IDNO_VALID;
}

/* Of the values of the column that are not blank, are at least so many in a hundred like that? */
static bool are(const struct draft *d, size_t column, bool (*test)(struct str), size_t percent)
{
    size_t met = 0, right = 0;
    for (size_t i = 0; i < d->rows; i++) {
        struct str value = d->values[i * d->column_count + column];
        met += value.n > 0 ? 1 : 0;
        right += value.n > 0 && test(value) ? 1 : 0;
    }
    err_clear();
    return met > 0 && right * 100 >= met * percent;
}

static bool all_are(const struct draft *d, size_t column, bool (*test)(struct str))
{
    return are(d, column, test, 100);
}

static bool has_identities(const struct draft *d, size_t column)
{
    for (size_t i = 0; i < d->rows; i++) {
        struct str value = d->values[i * d->column_count + column];
        if (value.n > 0 && (is_identity(value) || idno_is_within(value))) {
            return true;
        }
    }
    return false;
}

static bool is_unique(const struct draft *d, size_t column)
{
    struct map seen;
    bool is = d->rows > 0;
    map_init(&seen);
    for (size_t i = 0; i < d->rows && is; i++) {
        struct str value = d->values[i * d->column_count + column];
        is = value.n > 0 && map_put(&seen, value, &seen);
    }
    map_done(&seen);
    return is;
}

static const char *type_of(const struct draft *d, size_t column)
{
    struct str told = d->columns[column].database_type;
    if (str_starts(told, STR("timestamp"))) {
        return "instant";
    }
    return str_is(told, "date") || all_are(d, column, is_date) ? "date"
           : all_are(d, column, is_number)                     ? "number"
           : all_are(d, column, is_amount)                     ? "money"
                                                               : "text";
}

/* ---- Choices ---- */

bool choices_have(const struct choices *all, const char *identity, const char *field)
{
    for (size_t i = 0; i < all->d->column_count; i++) {
        const struct choice *c = &all->of[i];
        if ((identity != NULL && c->identity != NULL && strcmp(c->identity, identity) == 0) ||
            (field != NULL && c->field != NULL && strcmp(c->field, field) == 0)) {
            return true;
        }
    }
    return false;
}

/* A known date whose values are mostly none would send every record to quarantine; some are always
 * dirty. */
static const char *fitting_type(const struct draft *d, size_t column, const char *known)
{
    bool is_time = strcmp(known, "date") == 0 || strcmp(known, "instant") == 0;
    if (strcmp(known, "code") == 0 ||
        (is_time && d->rows > 0 && !are(d, column, is_date, MOSTLY))) {
        return "text";
    }
    return known;
}

static void choose(struct choices *all, size_t i)
{
    const struct draft_column *column = &all->d->columns[i];
    struct choice *c = &all->of[i];
    c->known = known_find(all->d->arena, column->name);
    c->is_private = has_identities(all->d, i);
    c->type = type_of(all->d, i);
    if (c->known != NULL && c->known->identity != NULL &&
        !choices_have(all, c->known->identity, NULL)) {
        c->identity = c->known->identity;
    } else if (c->known == NULL && all_are(all->d, i, is_identity) &&
               !choices_have(all, "id_number", NULL)) {
        c->identity = "id_number";
    }
    if (c->known != NULL && c->known->field != NULL && !choices_have(all, NULL, c->known->field)) {
        c->field = c->known->field;
        c->type = fitting_type(all->d, i, c->known->type);
    } else if (column->is_primary && c->identity == NULL) {
        c->field = choices_have(all, NULL, "record_no")
                       ? arena_printf(all->d->arena, "record_no_%zu", i)
                       : "record_no";
        c->type = "text";
    }
}

bool choice_is_primary(const struct choices *all, size_t i)
{
    return all->d->columns[i].is_primary && all->of[i].field != NULL;
}

bool choice_is_known_key(const struct choices *all, size_t i)
{
    const struct choice *c = &all->of[i];
    return c->field != NULL && c->known != NULL && c->known->is_key && is_unique(all->d, i);
}

const char *choices_grain(const struct choices *all)
{
    return choices_have(all, "works_no", NULL)       ? "works"
           : choices_have(all, NULL, "house_no")     ? "house"
           : choices_have(all, "id_number", NULL)    ? "person"
           : choices_have(all, "household_no", NULL) ? "household"
           : choices_have(all, "name", NULL)         ? "person"
           : choices_have(all, "village", NULL)      ? "village"
                                                     : "person";
}

struct choices choices_make(const struct draft *d)
{
    struct choices all = {d, arena_array(d->arena, d->column_count + 1, sizeof *all.of)};
    for (size_t i = 0; i < d->column_count; i++) {
        choose(&all, i);
    }
    return all;
}
