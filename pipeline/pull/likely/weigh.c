#include "pipeline/pull/likely/weigh.h"

#include "pipeline/link/levels.h"

/* Persons that are imagined beside the roster, so that a value which a small roster shows once is not taken to be rarer
 * than it is: names and birth dates of people at large. */
#define OTHER_NAMES 50000.0
#define OTHER_BIRTHS 25000.0
#define OTHERS_WITH_NAME 0.5
#define WITNESS_LEAST 3000 /* three bits: one stranger in eight has it */

/* ---- Levels ---- */

static unsigned level_of(enum likely_field field, const struct link_value *a, const struct link_value *b)
{
    if (a->text.n == 0 || b->text.n == 0) {
        return LINK_MISSING;
    }
    return str_eq(a->text, b->text) ? LINK_SAME : link_kinds[likely_fields[field].kind].compare(a, b);
}

static unsigned number_level(const struct likely_side *record, const struct likely_side *person)
{
    unsigned level = level_of(LIKELY_NUMBER, &record->number, &person->number);
    if (!record->number.is_proven && !person->number.is_proven) {
        return LINK_MISSING; /* two that stand for none (all zeros) look alike */
    }
    bool two_numbers = record->number.is_proven && person->number.is_proven && level != LINK_SAME;
    return two_numbers ? (record->is_lent ? IDNO_LENT : IDNO_DIFFERS) : level;
}

/* What the number says of birth date and sex already: neither is counted twice. */
static bool number_agrees(unsigned level)
{
    return level != LINK_MISSING && level <= IDNO_SAME_BIRTH && level != IDNO_LENT;
}

static unsigned place_level(const struct likely_side *record, const struct likely_side *person)
{
    if (record->village != INDEX_NONE && person->village != INDEX_NONE && record->village == person->village) {
        return LINK_SAME;
    }
    if (record->township == 0 || person->township == 0) {
        return LINK_MISSING;
    }
    return record->township == person->township ? REGION_TOWNSHIP : REGION_DIFFERS;
}

static unsigned same_or(bool has_both, bool is_same, unsigned otherwise)
{
    return !has_both ? LINK_MISSING : is_same ? LINK_SAME : otherwise;
}

static bool are_two_people(const struct likely_side *record, const struct likely_side *person, unsigned number,
                           unsigned birth)
{
    bool both_proven = record->number.is_proven && person->number.is_proven;
    return both_proven && number != LINK_SAME && !(number == IDNO_LENT && birth == LINK_SAME);
}

bool likely_levels(const struct likely_side *record, const struct likely_side *person, uint8_t ret[LIKELY_FIELD_COUNT])
{
    unsigned number = number_level(record, person), birth = level_of(LIKELY_BIRTH, &record->birth, &person->birth);
    unsigned sex = same_or(record->sex != SEX_UNKNOWN && person->sex != SEX_UNKNOWN, record->sex == person->sex, PLAIN_DIFFERS);
    if (are_two_people(record, person, number, birth)) {
        return false;
    }
    bool is_said = number_agrees(number) || (record->birth_is_numbers && number != LINK_MISSING);
    ret[LIKELY_NUMBER] = (uint8_t)number;
    ret[LIKELY_NAME] = (uint8_t)level_of(LIKELY_NAME, &record->name, &person->name);
    ret[LIKELY_BIRTH] = (uint8_t)(is_said && birth <= BIRTH_TWO_PARTS ? LINK_MISSING : birth);
    ret[LIKELY_SEX] = (uint8_t)(is_said && sex == LINK_SAME ? LINK_MISSING : sex);
    ret[LIKELY_PLACE] = (uint8_t)place_level(record, person);
    ret[LIKELY_PHONE] = (uint8_t)same_or(record->phone != 0 && person->phone != 0, record->phone == person->phone, CODE_DIFFERS);
    return true;
}

/* ---- Weights ---- */

static double more(size_t n, double others)
{
    return (double)n + others;
}

/* A clan's village bears one surname: there its names are commoner than in the county. */
static double surname_boost(const struct likely_counts *c)
{
    double here = (double)c->surname_in_village * (double)c->persons,
           there = (double)c->same_surname * (double)c->in_village;
    return here > there && there > 0 ? here / there : 1;
}

/* log2 of how often strangers have what the person has. */
static int32_t counted_bits(enum likely_field field, unsigned level, bool same_village, const struct likely_counts *c)
{
    double persons = (double)c->persons, name = more(c->same_name, OTHERS_WITH_NAME), names = persons + OTHER_NAMES;
    switch (field) {
    case LIKELY_NAME:
        name *= same_village ? surname_boost(c) : 1;
        return name < names ? likely_bits(name, names) : 0;
    case LIKELY_NUMBER:
    case LIKELY_BIRTH:
        return likely_bits(more(c->same_birth, 1), persons + OTHER_BIRTHS);
    case LIKELY_PLACE:
        return likely_bits(level == LINK_SAME ? more(c->in_village, 0) : more(c->in_township, 0), persons);
    case LIKELY_PHONE:
        return likely_bits(more(c->same_phone, 1), persons + OTHER_BIRTHS);
    case LIKELY_SEX:
    case LIKELY_FIELDS:
        break;
    }
    return 0;
}

void likely_weigh(const struct likely_weights *w, const struct likely_counts *c, struct likely_pair *ret)
{
    bool same_village = ret->levels[LIKELY_PLACE] == LINK_SAME;
    int32_t strangers = likely_bits(w->on_roster, 1e6 * (double)c->persons), related = likely_bits(w->on_roster, w->has_relative);
    int32_t prior[2] = {strangers, related}, by_strangers[LIKELY_FIELD_COUNT] = {0}, by_relatives[LIKELY_FIELD_COUNT] = {0};
    for (int f = 0; f < LIKELY_FIELDS; f++) {
        unsigned level = ret->levels[f];
        if (level == LINK_MISSING) {
            continue;
        }
        by_relatives[f] = w->related[f][level];
        by_strangers[f] = likely_is_counted((enum likely_field)f, level)
                              ? w->m_bits[f][level] - counted_bits((enum likely_field)f, level, same_village, c)
                              : w->strangers[f][level];
        strangers += by_strangers[f];
        related += by_relatives[f];
    }
    ret->by_relatives = related < strangers;
    ret->weight = ret->by_relatives ? related : strangers;
    ret->prior = prior[ret->by_relatives ? 1 : 0];
    memcpy(ret->weights, ret->by_relatives ? by_relatives : by_strangers, sizeof ret->weights);
    memcpy(ret->rarity, by_strangers, sizeof ret->rarity);
}

/* ---- Witnesses ---- */

unsigned likely_witnesses(const struct likely_pair *p)
{
    static const struct {
        enum likely_field field;
        unsigned level, count;
    } witnesses[] = {
        {LIKELY_NUMBER, IDNO_ONE_DIGIT, 2},  {LIKELY_NUMBER, IDNO_SWAP, 2},
        {LIKELY_NUMBER, IDNO_TWO_DIGITS, 2}, {LIKELY_NUMBER, IDNO_SAME_BIRTH, 1}, {LIKELY_NAME, LINK_SAME, 1},
        {LIKELY_NAME, NAME_VARIANT, 1},      {LIKELY_BIRTH, LINK_SAME, 1},        {LIKELY_PLACE, LINK_SAME, 1},
        {LIKELY_PHONE, LINK_SAME, 1},
    };
    unsigned n = 0;
    for (size_t i = 0; i < sizeof witnesses / sizeof *witnesses; i++) {
        enum likely_field f = witnesses[i].field;
        n += p->levels[f] == witnesses[i].level && p->rarity[f] >= WITNESS_LEAST ? witnesses[i].count : 0;
    }
    return n;
}
