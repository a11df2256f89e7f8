#include "pipeline/pull/link.h"

#include <stdlib.h>

#include "base/text.h"

#define HITS 256
#define NAMESAKES 8 /* more of one name than this say nothing about whom it may concern */

/* A record on its way to a subject. */
struct search {
    const struct index *ix;
    const struct dataset *d;
    struct arena *scratch;
    const struct str *row;
    struct idno id;
    bool has_name;
    bool name_known; /* name_key was made */
    struct str name_key;
    struct linked *out;
};

const char *link_word(enum linked_as k)
{
    static const char *const words[] = {
        [LINK_NONE] = "none",         [LINK_EXACT] = "exact",   [LINK_CORRECTED] = "corrected",
        [LINK_PROBABLE] = "probable", [LINK_REVIEW] = "review", [LINK_UNREADABLE] = "none",
    };
    return words[k];
}

bool grain_is_household(enum grain g)
{
    return g == GRAIN_HOUSEHOLD || g == GRAIN_HOUSE;
}

/* ---- Parts of a record ---- */

static struct str column(const struct search *s, int at)
{
    return at < 0 ? STR_NULL : s->row[at];
}

/* Made when first asked for: most records are dropped before. */
static struct str name_key(struct search *s)
{
    if (!s->name_known) {
        s->name_key = text_name_key(s->scratch, column(s, s->d->identity.name));
        s->name_known = true;
    }
    return s->name_key;
}

static bool name_is_given(struct search *s)
{
    return name_key(s).n > 0;
}

static bool name_agrees(struct search *s, uint32_t person)
{
    return text_name_agrees(name_key(s), index_name(s->ix, person));
}

static bool birth_agrees(const struct search *s, const struct index_person *p)
{
    struct date_span born;
    struct str raw = text_fold(s->scratch, column(s, s->d->identity.birth_date));
    return raw.n > 0 && p->birth != DATE_NONE && date_parse(raw, &born) == RC_OK &&
           born.first <= p->birth && p->birth <= born.last;
}

static bool sex_agrees(const struct search *s, const struct index_person *p)
{
    struct str raw = text_fold(s->scratch, column(s, s->d->identity.sex));
    bool male = str_is(raw, "男") || str_is(raw, "男性") || str_is(raw, "1") || str_is(raw, "M");
    bool female = str_is(raw, "女") || str_is(raw, "女性") || str_is(raw, "2") || str_is(raw, "F");
    return (male && p->sex == SEX_MALE) || (female && p->sex == SEX_FEMALE);
}

static uint32_t village_of(const struct search *s, bool *ret_ambiguous)
{
    return index_by_village(s->ix, column(s, s->d->identity.village),
                            column(s, s->d->identity.village_name), ret_ambiguous);
}

static bool village_agrees(const struct search *s, const struct index_person *p)
{
    bool ambiguous = false;
    uint32_t village = village_of(s, &ambiguous);
    return village != INDEX_NONE && village == index_household(s->ix, p->household)->village;
}

/* ---- Outcomes ---- */

/* A person as the grain counts: the person, or the household. */
static uint32_t subject_of(const struct search *s, uint32_t person)
{
    return grain_is_household(s->d->grain) ? index_person(s->ix, person)->household : person;
}

static void settle(struct search *s, enum linked_as kind, uint32_t subject)
{
    s->out->kind = kind;
    s->out->subject = subject;
}

static void add_candidate(struct linked *out, uint32_t subject)
{
    size_t at = 0;
    while (at < out->candidate_count && out->candidates[at] < subject) {
        at++;
    }
    bool is_there = at < out->candidate_count && out->candidates[at] == subject;
    if (is_there || at == LINK_CANDIDATES) {
        return;
    }
    size_t kept =
        out->candidate_count < LINK_CANDIDATES ? out->candidate_count : LINK_CANDIDATES - 1;
    memmove(&out->candidates[at + 1], &out->candidates[at],
            (kept - at) * sizeof out->candidates[0]);
    out->candidates[at] = subject;
    out->candidate_count = kept + 1;
}

static void ask(struct search *s, const char *reason, const uint32_t *persons, size_t n)
{
    s->out->kind = LINK_REVIEW;
    s->out->reason = reason;
    s->out->candidate_count = 0;
    for (size_t i = 0; i < n; i++) {
        add_candidate(s->out, subject_of(s, persons[i]));
    }
}

/* Of n persons those whose name agrees, moved to the front; their count. */
static size_t keep_agreeing(struct search *s, uint32_t *persons, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (name_agrees(s, persons[i])) {
            uint32_t moved = persons[kept];
            persons[kept++] = persons[i];
            persons[i] = moved;
        }
    }
    return kept;
}

static bool are_one_subject(const struct search *s, const uint32_t *persons, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (subject_of(s, persons[i]) != subject_of(s, persons[0])) {
            return false;
        }
    }
    return n > 0;
}

static const char *several(const struct search *s)
{
    return grain_is_household(s->d->grain) ? "several_households" : "several_persons";
}

/* ---- By number ---- */

/* The number is one person's, the name another's: it may be the other who is meant (a pupil under a
 * guardian's number), if that one lives in the same household or was born on the day the record
 * gives. */
static void add_namesakes(struct search *s, uint32_t owner)
{
    uint32_t other =
        grain_is_household(s->d->grain) ? INDEX_NONE : index_by_name(s->ix, name_key(s));
    for (; other != INDEX_NONE; other = index_person(s->ix, other)->next_same_name) {
        const struct index_person *p = index_person(s->ix, other);
        if (p->household == index_person(s->ix, owner)->household || birth_agrees(s, p)) {
            add_candidate(s->out, other);
        }
    }
}

/* A proven number that is on the roster. */
static void by_valid_number(struct search *s, uint32_t *hits, size_t n)
{
    bool named = name_is_given(s);
    size_t agreeing = named ? keep_agreeing(s, hits, n) : n;
    if (are_one_subject(s, hits, agreeing)) {
        settle(s, LINK_EXACT, subject_of(s, hits[0]));
    } else if (n == 1) {
        ask(s, "name_conflict", hits, n);
        add_namesakes(s, hits[0]);
    } else {
        ask(s, several(s), hits, agreeing > 0 ? agreeing : n);
    }
}

struct repairs {
    const struct index *ix;
    uint32_t hits[HITS];
    size_t n;
};

static void repair_found(void *ctx, const char text18[IDNO_LEN])
{
    struct repairs *r = ctx;
    size_t found = index_by_number(r->ix, text18, r->hits + r->n, HITS - r->n);
    r->n = r->n + found < HITS ? r->n + found : HITS;
}

/* The one person a repair leads to is confirmed by the name, or by a birth date of its own with sex
 * or village. */
static bool is_confirmed(struct search *s, uint32_t person)
{
    const struct index_person *p = index_person(s->ix, person);
    if (name_is_given(s) && name_agrees(s, person)) {
        return true;
    }
    return birth_agrees(s, p) && (sex_agrees(s, p) || village_agrees(s, p));
}

/* The roster itself holds this number, broken as it is, and the name agrees. */
static bool by_same_text(struct search *s)
{
    uint32_t hits[HITS];
    size_t n = index_by_number(s->ix, s->id.text, hits, HITS);
    n = name_is_given(s) ? keep_agreeing(s, hits, n < HITS ? n : HITS) : 0;
    if (!are_one_subject(s, hits, n)) {
        return false;
    }
    settle(s, LINK_EXACT, subject_of(s, hits[0]));
    return true;
}

/* True: decided, one way or the other. */
static bool by_repair(struct search *s)
{
    struct repairs r = {.ix = s->ix};
    if (by_same_text(s)) {
        return true;
    }
    idno_repairs(s->id.text, repair_found, &r);
    if (r.n == 0) {
        return false;
    }
    if (r.n == 1 && is_confirmed(s, r.hits[0])) {
        settle(s, LINK_CORRECTED, subject_of(s, r.hits[0]));
    } else {
        ask(s, "repaired_unsure", r.hits, r.n);
    }
    return true;
}

static bool by_number(struct search *s)
{
    uint32_t hits[HITS];
    if (s->id.state == IDNO_VALID) {
        size_t n = index_by_number(s->ix, s->id.text, hits, HITS);
        if (n > 0) {
            by_valid_number(s, hits, n < HITS ? n : HITS);
        }
        return n > 0;
    }
    return s->id.state == IDNO_BAD_CHECK && by_repair(s);
}

/* ---- Without a number ---- */

/* No way led anywhere, and the number cannot be read: it may be any of the few who bear that name.
 */
static void unreadable(struct search *s)
{
    uint32_t person = s->id.state != IDNO_BAD ? INDEX_NONE : index_by_name(s->ix, name_key(s));
    size_t n = 0;
    if (person == INDEX_NONE) {
        return;
    }
    s->out->kind = LINK_UNREADABLE;
    s->out->reason = "id_unreadable";
    s->out->expected = tr("18 位公民身份号码", "an identity number of 18 characters");
    s->out->column = s->d->identity.id_number;
    for (; person != INDEX_NONE && n <= NAMESAKES;
         person = index_person(s->ix, person)->next_same_name) {
        add_candidate(s->out, subject_of(s, person));
        n++;
    }
    if (n > NAMESAKES) {
        s->out->candidate_count = 0;
    }
}

/* Name and birth date of exactly one, and nothing against it: never enough to link, enough to ask.
 */
static void by_name_and_birth(struct search *s)
{
    uint32_t found[2];
    size_t n = 0;
    bool ambiguous = false;
    uint32_t village = village_of(s, &ambiguous);
    uint32_t person = index_by_name(s->ix, name_key(s));
    for (; person != INDEX_NONE && n < 2; person = index_person(s->ix, person)->next_same_name) {
        const struct index_person *p = index_person(s->ix, person);
        bool here =
            village == INDEX_NONE || village == index_household(s->ix, p->household)->village;
        if (here && birth_agrees(s, p)) {
            found[n++] = person;
        }
    }
    if (n == 1) {
        ask(s, "number_missing", found, n);
    }
}

static void link_person(struct search *s)
{
    if (by_number(s)) {
        return;
    }
    if (s->id.state == IDNO_BLANK && s->d->identity.birth_date >= 0) {
        by_name_and_birth(s);
    }
    unreadable(s);
}

static bool by_household_no(struct search *s)
{
    struct str number = text_fold(s->scratch, column(s, s->d->identity.household_no));
    uint32_t household = index_by_household_no(s->ix, number);
    if (household == INDEX_NONE) {
        return false;
    }
    settle(s, LINK_EXACT, household);
    return true;
}

/* Two proven numbers that differ are two people, whatever their name. */
static bool may_be_householder(const struct search *s, const struct index_person *p,
                               uint32_t village)
{
    bool contradicts = s->id.state == IDNO_VALID && p->has_valid_number;
    return p->is_head && !contradicts && index_household(s->ix, p->household)->village == village;
}

static bool by_householder_name(struct search *s)
{
    uint32_t found[LINK_CANDIDATES];
    size_t n = 0;
    bool ambiguous = false;
    uint32_t village = name_is_given(s) ? village_of(s, &ambiguous) : INDEX_NONE;
    uint32_t person = village == INDEX_NONE ? INDEX_NONE : index_by_name(s->ix, name_key(s));
    for (; person != INDEX_NONE && n < LINK_CANDIDATES;
         person = index_person(s->ix, person)->next_same_name) {
        if (may_be_householder(s, index_person(s->ix, person), village)) {
            found[n++] = person;
        }
    }
    if (n == 0) {
        return false;
    }
    if (are_one_subject(s, found, n)) {
        settle(s, LINK_PROBABLE, subject_of(s, found[0]));
    } else {
        ask(s, "several_households", found, n);
    }
    return true;
}

static void link_household(struct search *s)
{
    if (!by_household_no(s) && !by_number(s) && !by_householder_name(s)) {
        unreadable(s);
    }
}

static void link_village(struct search *s)
{
    bool ambiguous = false;
    s->out->village = village_of(s, &ambiguous);
    s->out->kind = s->out->village == INDEX_NONE ? LINK_NONE : LINK_EXACT;
    if (ambiguous) {
        s->out->kind = LINK_UNREADABLE;
        s->out->reason = "several_villages";
        s->out->expected = tr("12 位行政区划代码,或带乡镇名的村名",
                              "a 12-digit code, or the village with its township");
        s->out->column =
            s->d->identity.village >= 0 ? s->d->identity.village : s->d->identity.village_name;
    }
}

/* Speaks of nobody; but of some works it must. */
static void link_works(struct search *s)
{
    int at = s->d->identity.works_no;
    settle(s, LINK_EXACT, INDEX_NONE);
    if (at >= 0 && str_is_empty(text_fold(s->scratch, s->row[at]))) {
        s->out->kind = LINK_UNREADABLE;
        s->out->reason = "works_missing";
        s->out->expected = tr("供水工程编号不能为空", "the number of the works must not be blank");
        s->out->column = at;
    }
}

void link_record(const struct index *ix, const struct dataset *d, struct arena *scratch,
                 const struct str *row, struct linked *ret)
{
    struct search s = {.ix = ix, .d = d, .scratch = scratch, .row = row, .out = ret};
    ret->kind = LINK_NONE;
    ret->reason = ret->expected = NULL;
    ret->column = -1;
    ret->subject = ret->village = INDEX_NONE;
    ret->candidate_count = 0;
    if (d->grain == GRAIN_WORKS || d->grain == GRAIN_SCHOOL) {
        link_works(&s);
        return;
    }
    if (d->grain == GRAIN_VILLAGE) {
        link_village(&s);
        return;
    }
    idno_normalize(column(&s, d->identity.id_number), &s.id);
    if (grain_is_household(d->grain)) {
        link_household(&s);
    } else {
        link_person(&s);
    }
}
