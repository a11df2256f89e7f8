#include "pipeline/rules/ast.h"

/* $2 as-of date, $6 term start, $7 school cutoff: see rules.h. A person born on 29 February is a year older from
 * 1 March on, as age() counts. */
static const struct attribute attributes[] = {
    {"as_of", OF_RUN, TYPE_DATE, NULL, "$2::date", NULL},
    {"month_start", OF_RUN, TYPE_DATE, NULL, "date_trunc('month', $2::date::timestamp)::date", NULL},
    {"this_year", OF_RUN, TYPE_NUMBER, NULL, "extract(year from $2::date)", NULL},
    {"term_day", OF_RUN, TYPE_NUMBER, NULL, "($2::date - $6::date)", NULL},
    {"class", OF_HOUSEHOLD, TYPE_CODE, "class", NULL, NULL},
    {"risk_cleared", OF_HOUSEHOLD, TYPE_BOOL, "risk_cleared", NULL, NULL},
    {"cleared_on", OF_HOUSEHOLD, TYPE_DATE, "cleared_on", NULL, NULL},
    {"net_income", OF_HOUSEHOLD, TYPE_MONEY, "net_income", NULL, NULL},
    {"unsafe_house", OF_HOUSEHOLD, TYPE_BOOL, "unsafe_house", NULL, NULL},
    {"safe_water", OF_HOUSEHOLD, TYPE_BOOL, "safe_water", NULL, NULL},
    {"house_damaged", OF_HOUSEHOLD, TYPE_BOOL, "house_damaged", NULL, NULL},
    {"water_damaged", OF_HOUSEHOLD, TYPE_BOOL, "water_damaged", NULL, NULL},
    {"members", OF_HOUSEHOLD, TYPE_NUMBER, NULL, "s.members", NULL}, /* counted, no column */
    {"birth_date", OF_PERSON, TYPE_DATE, "birth_date", NULL, NULL},
    {"age", OF_PERSON, TYPE_NUMBER, "birth_date", NULL, "$2::date"},
    {"school_age", OF_PERSON, TYPE_NUMBER, "birth_date", NULL, "$7::date"},
    {"sex", OF_PERSON, TYPE_CODE, "sex", NULL, NULL},
    {"relation", OF_PERSON, TYPE_CODE, "relation", NULL, NULL},
    {"resident_insurance", OF_PERSON, TYPE_BOOL, "resident_insurance", NULL, NULL},
    {"employee_insurance", OF_PERSON, TYPE_BOOL, "employee_insurance", NULL, NULL},
    {"major_illness_cover", OF_PERSON, TYPE_BOOL, "major_illness_cover", NULL, NULL},
    {"school_status", OF_PERSON, TYPE_TEXT, "school_status", NULL, NULL},
    {"not_at_school_reason", OF_PERSON, TYPE_TEXT, "not_at_school_reason", NULL, NULL},
    {"dropout", OF_PERSON, TYPE_BOOL, "dropout", NULL, NULL},
    {"labour", OF_PERSON, TYPE_CODE, "labour", NULL, NULL},
};
#define ATTRIBUTES (sizeof attributes / sizeof *attributes)

const struct dataset rule_members = {
    .id = "member", .grain = GRAIN_PERSON, .event_field = -1, .updated_field = -1};

/* In a person's rule a record of his is about himself: his attributes are the subject's, which costs no join. */
bool attribute_is_of_row(enum rule_subject subject, const struct dataset *d)
{
    return d == &rule_members || (d != NULL && d->grain == GRAIN_PERSON && subject == SUBJECT_HOUSEHOLD);
}

const struct attribute *attribute_at(size_t i)
{
    return i < ATTRIBUTES ? &attributes[i] : NULL;
}

const struct attribute *attribute_find(struct str name)
{
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        if (str_is(name, attributes[i].name)) {
            return &attributes[i];
        }
    }
    return NULL;
}

const struct code_list *attribute_codes(const struct config *config, const struct attribute *a)
{
    static struct code_value classes[] = {{"lifted", NULL, 0}, {"monitored", NULL, 0}, {"general", NULL, 0}};
    static const struct code_list class_list = {"class", classes, 3, NULL};
    if (strcmp(a->name, "class") == 0) {
        return &class_list;
    }
    const struct dataset *roster = config_roster(config);
    const struct field *f = roster != NULL ? dataset_field(roster, str_from(a->name)) : NULL;
    return f != NULL ? f->codes : NULL;
}
