#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "pipeline/config.h"

#define SAMPLE BIDUI_SOURCE_DIR "/config"
#define FILE_MAX ((size_t)1 << 20)

/* A copy of the sample deployment, to be edited and thrown away. */
struct copy {
    struct arena *arena;
    char dir[64];
};

static void copy_file(struct copy *c, const char *folder, const char *name)
{
    struct buf bytes;
    buf_init(&bytes, FILE_MAX);
    assert_int_equal(
        fs_read(arena_printf(c->arena, "%s/%s/%s", SAMPLE, folder, name), FILE_MAX, &bytes), RC_OK);
    assert_int_equal(
        fs_write_synced(arena_printf(c->arena, "%s/%s/%s", c->dir, folder, name), buf_str(&bytes)),
        RC_OK);
    buf_done(&bytes);
}

static int make_copy(void **state)
{
    static const char *const folders[] = {".", "connectors", "rules", "codes"};
    struct copy *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->arena = arena_new((size_t)8 << 20);
    (void)snprintf(c->dir, sizeof c->dir, "/tmp/bidui-config-XXXXXX");
    assert_non_null(mkdtemp(c->dir));
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char **names = NULL;
        size_t n = 0;
        assert_int_equal(fs_list(c->arena, arena_printf(c->arena, "%s/%s", SAMPLE, folders[i]),
                                 "*.yaml", &names, &n),
                         RC_OK);
        assert_int_equal(fs_mkdirs(arena_printf(c->arena, "%s/%s", c->dir, folders[i])), RC_OK);
        for (size_t k = 0; k < n; k++) {
            copy_file(c, folders[i], names[k]);
        }
    }
    *state = c;
    return 0;
}

static int drop_copy(void **state)
{
    struct copy *c = *state;
    assert_int_equal(fs_remove_tree(c->dir), RC_OK);
    arena_free(c->arena);
    free(c);
    return 0;
}

static void edit(struct copy *c, const char *name, const char *old, const char *new)
{
    const char *path = arena_printf(c->arena, "%s/%s", c->dir, name);
    struct buf in, out;
    buf_init(&in, FILE_MAX);
    buf_init(&out, FILE_MAX);
    assert_int_equal(fs_read(path, FILE_MAX, &in), RC_OK);
    struct str text = arena_str(c->arena, buf_str(&in));
    const char *at = strstr(text.p, old);
    assert_non_null(at);
    size_t before = (size_t)(at - text.p);
    assert_int_equal(buf_puts(&out, str_sub(text, 0, before)), RC_OK);
    assert_int_equal(buf_puts(&out, str_from(new)), RC_OK);
    assert_int_equal(buf_puts(&out, str_sub(text, before + strlen(old), text.n)), RC_OK);
    assert_int_equal(fs_write_synced(path, buf_str(&out)), RC_OK);
    buf_done(&in);
    buf_done(&out);
}

static struct config *load(const char *dir)
{
    struct config *c = NULL;
    assert_int_equal(config_load(dir, false, &c), RC_OK);
    return c;
}

static const struct dataset *dataset(const struct config *c, const char *id)
{
    const struct dataset *d = config_dataset(c, str_from(id));
    assert_non_null(d);
    return d;
}

/* One file a department. */
static size_t files_of(const char *dir)
{
    char pattern[600];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/connectors/*.yaml", dir);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    size_t n = found.gl_pathc;
    globfree(&found);
    return n;
}

static void the_sample_is_clean(void **state)
{
    (void)state;
    struct config *c = load(SAMPLE);
    for (const struct problem *p = c->problems.first; p != NULL; p = p->next) {
        assert_true(p->warning);
    }
    assert_int_equal(c->problems.errors, 0);
    assert_string_equal(c->county, "990121");
    assert_int_equal(c->department_count, files_of(SAMPLE));
    assert_true(c->department_count > 6);
    assert_int_equal(c->workers, 2);
    assert_string_equal(c->list_due, "07:00");
    assert_false(c->dispatch_screened || c->trial || c->english);
    assert_non_null(config_roster(c));
    assert_true(config_roster(c)->is_roster);
    config_free(c);
}

static void a_dataset_knows_its_columns_key_and_times(void **state)
{
    (void)state;
    struct config *c = load(SAMPLE);
    const struct dataset *d = dataset(c, "health_insurance.settlement");
    assert_string_equal(d->table, "health_insurance__settlement");
    assert_int_equal(d->grain, GRAIN_PERSON);
    assert_int_equal(d->field_count, 6);
    assert_int_equal(d->column_count, 8); /* six fields, number and name */
    assert_string_equal(d->columns[d->identity.id_number], "certno");
    assert_string_equal(d->columns[d->identity.name], "psn_name");
    assert_int_equal(d->identity.household_no, -1);
    assert_int_equal(d->key_count, 1);
    assert_string_equal(d->fields[d->key[0]].name, "settlement_no");
    assert_string_equal(d->columns[d->fields[d->key[0]].column], "setl_id");
    assert_false(d->key_holds_identity);
    assert_string_equal(d->fields[d->event_field].name, "settled_on");
    assert_string_equal(d->fields[d->updated_field].name, "updated_at");
    assert_true(d->is_incremental);
    assert_int_equal(d->overlap_ms, INT64_C(3) * 24 * 3600 * 1000);
    assert_int_equal(d->newcomers, NEWCOMERS_REREAD);
    assert_int_equal(d->arrives.every, ARRIVES_DAY);
    assert_int_equal(d->arrives.grace_days, 2);
    assert_int_equal(d->quality.max_reject_micro, 20000);
    assert_int_equal(d->quality.max_shrink_micro, -1);
    assert_int_equal(d->quality.on_missing_column, DRIFT_HOLD);
    config_free(c);
}

static void a_column_read_twice_is_asked_for_once(void **state)
{
    (void)state;
    struct config *c = load(SAMPLE);
    const struct dataset *d = dataset(c, "water.served_village");
    assert_int_equal(d->column_count, 3);
    assert_int_equal(d->identity.works_no, (int)dataset_field(d, STR("works_no"))->column);
    assert_int_equal(d->key_count, 2);
    assert_int_equal(d->event_field, -1);
    assert_int_equal(d->updated_field, -1);
    config_free(c);
}

static void units_codes_and_updated_at_are_resolved(void **state)
{
    (void)state;
    struct config *c = load(SAMPLE);
    assert_int_equal(dataset_field(dataset(c, "housing.renovation"), STR("grant_paid"))->unit_fen,
                     1000000);
    assert_int_equal(dataset_field(dataset(c, "education.aid"), STR("amount"))->unit_fen, 100);
    const struct dataset *d = dataset(c, "education.enrolment");
    assert_false(d->is_incremental);
    assert_string_equal(d->fields[d->updated_field].name, "updated_at");
    const struct code_list *codes = dataset_field(d, STR("status"))->codes;
    assert_ptr_equal(codes, config_codes(c, STR("school_status")));
    assert_string_equal(codes->values[1].value, "suspended");
    assert_true(str_is(codes->values[1].labels[0], "休学"));
    assert_string_equal(config_codes(c, STR("end_reason"))->otherwise, "other");
    assert_null(codes->otherwise);
    config_free(c);
}

static void parameters_are_millionths(void **state)
{
    (void)state;
    struct config *c = load(SAMPLE);
    assert_string_equal(c->parameters[0].name, "rural_income");
    assert_int_equal(c->parameters[0].value_micro, INT64_C(20000000000));
    assert_string_equal(c->parameters[2].name, "registered_burden_share");
    assert_int_equal(c->parameters[2].value_micro, 500000);
    assert_int_equal(c->parameters[2].from, date_from_ymd(2022, 1, 1));
    config_free(c);
}

static const struct rule_text *rule(const struct config *c, const char *id)
{
    for (size_t i = 0; i < c->rule_count; i++) {
        if (strcmp(c->rules[i].id, id) == 0) {
            return &c->rules[i];
        }
    }
    fail_msg("no rule %s", id);
    return NULL;
}

static void rules_stand_as_written(void **state)
{
    (void)state;
    struct config *c = load(SAMPLE);
    const struct rule_text *r = rule(c, "enrolled_but_absent");
    assert_int_equal(r->applies_count, 3);
    assert_string_equal(r->applies_to[2], "general");
    assert_string_equal(r->severity, "high");
    assert_int_equal(r->let->n, 3);
    assert_int_equal(r->unless->n, 1);
    assert_true(str_is(r->when->text, "enrolled and days >= absence_days"));
    assert_int_equal(rule(c, "outage_days")->applies_count, 0);
    assert_null(rule(c, "outage_days")->field_reason);
    assert_int_equal(rule(c, "not_insured")->waiting->n, 2);
    config_free(c);
}

static void only_what_a_rule_says_makes_a_new_version(void **state)
{
    struct copy *copy = *state;
    struct config *before = load(copy->dir);
    edit(copy, "rules/housing.yaml", "- id: unsafe_house\n",
         "# looked at in spring\n- id: \"unsafe_house\"\n");
    edit(copy, "rules/housing.yaml", "  severity: high\n  reason: 住房鉴定为{grade}级\n",
         "  reason: 住房鉴定为{grade}级\n  severity: high\n");
    struct config *same = load(copy->dir);
    assert_string_equal(rule(before, "unsafe_house")->digest, rule(same, "unsafe_house")->digest);
    assert_string_not_equal(before->digest, same->digest);
    edit(copy, "rules/housing.yaml", "  when: grade in [C, D]\n", "  when: grade in [D]\n");
    struct config *changed = load(copy->dir);
    assert_string_not_equal(rule(before, "unsafe_house")->digest,
                            rule(changed, "unsafe_house")->digest);
    assert_string_equal(rule(before, "not_insured")->digest, rule(changed, "not_insured")->digest);
    config_free(before);
    config_free(same);
    config_free(changed);
}

static void the_digest_covers_every_file_and_no_folder(void **state)
{
    static const char *const files[] = {
        "bidui.yaml",       "calendar.yaml",         "parameters.yaml",
        "codes/codes.yaml", "connectors/water.yaml", "rules/water.yaml"};
    struct copy *copy = *state;
    struct config *sample = load(SAMPLE), *last = load(copy->dir);
    assert_string_equal(sample->digest, last->digest);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        edit(copy, files[i], "", "# a note\n");
        struct config *next = load(copy->dir);
        assert_string_not_equal(last->digest, next->digest);
        config_free(last);
        last = next;
    }
    config_free(sample);
    config_free(last);
}

static void a_broken_department_stops_itself_alone(void **state)
{
    struct copy *copy = *state;
    edit(copy, "connectors/housing.yaml", "grain: house", "grain: hut");
    edit(copy, "connectors/education.yaml", "datasets:", "\tdatasets:");
    struct config *c = load(copy->dir);
    assert_int_equal(c->department_count, files_of(copy->dir));
    for (size_t i = 0; i < c->department_count; i++) {
        const char *name = c->departments[i].name;
        bool broken = strcmp(name, "housing") == 0 || strcmp(name, "education") == 0;
        assert_int_equal(c->departments[i].is_broken, broken);
    }
    for (const struct problem *p = c->problems.first; p != NULL; p = p->next) {
        assert_true(p->warning || p->department != NULL);
    }
    assert_null(config_dataset(c, STR("housing.renovation")));
    assert_null(config_dataset(c, STR("education.aid")));
    assert_non_null(config_dataset(c, STR("water.test")));
    config_free(c);
}

static void set_core_variables(const char *key)
{
    assert_int_equal(setenv("BIDUI_DATABASE", "", 1), 0);
    assert_int_equal(setenv("BIDUI_OUT", "/srv/out", 1), 0);
    assert_int_equal(setenv("BIDUI_CODE_KEY", key, 1), 0);
    assert_int_equal(setenv("BIDUI_SEAL_KEY", key, 1), 0);
}

static void unset_core_variables(void)
{
    (void)unsetenv("BIDUI_DATABASE");
    (void)unsetenv("BIDUI_OUT");
    (void)unsetenv("BIDUI_CODE_KEY");
    (void)unsetenv("BIDUI_SEAL_KEY");
}

static void keys_must_resolve_where_needed(void **state)
{
    (void)state;
    struct config *c = NULL;
    unset_core_variables();
    assert_int_equal(config_load(SAMPLE, true, &c), RC_CONFIG);
    assert_null(c);
    assert_non_null(strstr(err_detail(), "bidui.yaml:6:database"));
    set_core_variables("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    assert_int_equal(config_load(SAMPLE, true, &c), RC_OK);
    assert_string_equal(c->database, "");
    assert_string_equal(c->out, "/srv/out");
    assert_true(c->code_key.is_set && c->seal_key.is_set);
    assert_int_equal(c->code_key.bytes[31], 0x1f);
    config_free(c);
    unset_core_variables();
}

static void a_malformed_key_is_refused_and_not_shown(void **state)
{
    (void)state;
    struct config *c = NULL;
    set_core_variables("not-hex-but-secret");
    assert_int_equal(config_load(SAMPLE, false, &c), RC_CONFIG);
    assert_non_null(strstr(err_detail(), "keys.code"));
    assert_null(strstr(err_detail(), "not-hex"));
    unset_core_variables();
}

static void an_unusable_main_file_is_an_error(void **state)
{
    struct copy *copy = *state;
    struct config *c = NULL;
    edit(copy, "bidui.yaml", "workers: 2", "wrokers: 2");
    assert_int_equal(config_load(copy->dir, false, &c), RC_CONFIG);
    assert_non_null(strstr(err_detail(), "bidui.yaml:12:wrokers"));
    assert_int_equal(config_load("/nonexistent", false, &c), RC_CONFIG);
    assert_null(c);
    err_clear();
}

static void a_key_that_reads_the_identity_number_is_marked(void **state)
{
    struct copy *copy = *state;
    edit(copy, "connectors/education.yaml", "{from: XJH, type: text}", "{from: SFZH, type: text}");
    struct config *c = load(copy->dir);
    assert_true(dataset(c, "education.enrolment")->key_holds_identity);
    config_free(c);
}

static void the_configured_language_is_spoken(void **state)
{
    struct copy *copy = *state;
    edit(copy, "bidui.yaml", "language: zh", "language: en");
    edit(copy, "connectors/water.yaml", "grain: works", "grian: works");
    struct config *c = load(copy->dir);
    assert_true(c->english);
    bool found = false;
    for (const struct problem *p = c->problems.first; p != NULL; p = p->next) {
        found = found || strcmp(p->message, "unknown key") == 0;
    }
    assert_true(found);
    config_free(c);
    lang_set(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_is_clean),
        cmocka_unit_test(a_dataset_knows_its_columns_key_and_times),
        cmocka_unit_test(a_column_read_twice_is_asked_for_once),
        cmocka_unit_test(units_codes_and_updated_at_are_resolved),
        cmocka_unit_test(parameters_are_millionths),
        cmocka_unit_test(rules_stand_as_written),
        cmocka_unit_test_setup_teardown(only_what_a_rule_says_makes_a_new_version, make_copy,
                                        drop_copy),
        cmocka_unit_test_setup_teardown(the_digest_covers_every_file_and_no_folder, make_copy,
                                        drop_copy),
        cmocka_unit_test_setup_teardown(a_broken_department_stops_itself_alone, make_copy,
                                        drop_copy),
        cmocka_unit_test(keys_must_resolve_where_needed),
        cmocka_unit_test(a_malformed_key_is_refused_and_not_shown),
        cmocka_unit_test_setup_teardown(an_unusable_main_file_is_an_error, make_copy, drop_copy),
        cmocka_unit_test_setup_teardown(a_key_that_reads_the_identity_number_is_marked, make_copy,
                                        drop_copy),
        cmocka_unit_test_setup_teardown(the_configured_language_is_spoken, make_copy, drop_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
