#include "pipeline/rules/ast.h"

/* $2 as-of date, $6 term start, $7 school cutoff: see rules.h. A person born on 29 February is a year older from
 * 1 March on, as age() counts. */
static const struct attribute attributes[] = {
    {"as_of", OF_RUN, TYPE_DATE, NULL, "$2::date"},
    {"this_year", OF_RUN, TYPE_NUMBER, NULL, "extract(year from $2::date)"},
    {"term_day", OF_RUN, TYPE_NUMBER, NULL, "($2::date - $6::date)"},
    {"class", OF_HOUSEHOLD, TYPE_CODE, "class", NULL},
    {"risk_cleared", OF_HOUSEHOLD, TYPE_BOOL, "risk_cleared", NULL},
    {"cleared_on", OF_HOUSEHOLD, TYPE_DATE, "cleared_on", NULL},
    {"net_income", OF_HOUSEHOLD, TYPE_MONEY, "net_income", NULL},
    {"unsafe_house", OF_HOUSEHOLD, TYPE_BOOL, "unsafe_house", NULL},
    {"safe_water", OF_HOUSEHOLD, TYPE_BOOL, "safe_water", NULL},
    {"house_damaged", OF_HOUSEHOLD, TYPE_BOOL, "house_damaged", NULL},
    {"water_damaged", OF_HOUSEHOLD, TYPE_BOOL, "water_damaged", NULL},
    {"members", OF_HOUSEHOLD, TYPE_NUMBER, NULL, "s.members"}, /* counted, no column */
    {"birth_date", OF_PERSON, TYPE_DATE, "birth_date", NULL},
    {"age", OF_PERSON, TYPE_NUMBER, "birth_date",
     "extract(year from age($2::date::timestamp, s.birth_date::timestamp))"},
    {"school_age", OF_PERSON, TYPE_NUMBER, "birth_date",
     "extract(year from age($7::date::timestamp, s.birth_date::timestamp))"},
    {"sex", OF_PERSON, TYPE_CODE, "sex", NULL},
    {"relation", OF_PERSON, TYPE_CODE, "relation", NULL},
    {"resident_insurance", OF_PERSON, TYPE_BOOL, "resident_insurance", NULL},
    {"employee_insurance", OF_PERSON, TYPE_BOOL, "employee_insurance", NULL},
    {"major_illness_cover", OF_PERSON, TYPE_BOOL, "major_illness_cover", NULL},
    {"school_status", OF_PERSON, TYPE_TEXT, "school_status", NULL},
    {"not_at_school_reason", OF_PERSON, TYPE_TEXT, "not_at_school_reason", NULL},
    {"dropout", OF_PERSON, TYPE_BOOL, "dropout", NULL},
};
#define ATTRIBUTES (sizeof attributes / sizeof *attributes)

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
