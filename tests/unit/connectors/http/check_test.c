/* What `bidui check` says of an http connection and its datasets. */
#include "connectors/http/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char good_connection[] =
    "base_url: https://x\nauth: {kind: bearer, token: '${env:T}'}\n";
static const char good_dataset[] =
    "request: {path: /r, query: {since: '{since}'}}\n"
    "paging: {kind: page_number, page: p, size: s, page_size: 10, first: 0, total: /data/total}\n"
    "records: /data/rows\nincremental: {by: x}\n";

/* Problems as "line: message; ". */
static const char *problems_of(struct arena *a, const char *connection, const char *dataset)
{
    struct yaml *c = NULL, *d = NULL;
    struct problems problems;
    assert_int_equal(yaml_parse(a, "c.yaml", str_from(connection), &c), RC_OK);
    assert_int_equal(yaml_parse(a, "d.yaml", str_from(dataset), &d), RC_OK);
    problems_init(&problems, a);
    keys_check(&problems, c, http_connection_keys);
    http_check(c, d, &problems);
    const char *all = "";
    for (const struct problem *p = problems.first; p != NULL; p = p->next) {
        all = arena_printf(a, "%s%s%d: %s: %s; ", all, p->warning ? "warning " : "", p->line,
                           p->key, p->message);
    }
    return all;
}

static void check(const char *connection, const char *dataset, const char *expected)
{
    struct arena *a = arena_new((size_t)1 << 20);
    const char *found = problems_of(a, connection, dataset);
    if (expected[0] == '\0' ? found[0] != '\0' : strstr(found, expected) == NULL) {
        fail_msg("expected \"%s\" in \"%s\"", expected, found);
    }
    arena_free(a);
}

static void test_right_ones(void **state)
{
    (void)state;
    static const char *const connections[] = {
        good_connection,
        "base_url: '${env:URL}'\nauth: {kind: none}\n",
        "base_url: http://x\nauth: {kind: basic, user: u, password: '${env:P}'}\nmax_body: "
        "1048576\ntls: {ca: ca.pem}\n",
        "base_url: http://x\nauth: {kind: api_key, header: h, key: '${file:k}'}\ntimeout: "
        "5s\nconnect_timeout: 1s\n"
        "parallel: 16\nok: {pointer: /c, equals: ['0'], retry_codes: ['9']}\n",
    };
    static const char *const datasets[] = {
        good_dataset,
        "request: {path: /r}\nrecords: ''\n",
        "request: {path: /r}\npaging: {kind: none, total: /t}\nrecords: /rows\n",
        "request: {path: /r}\npaging: {kind: offset, offset: o, limit: l, page_size: 5}\nrecords: "
        "/rows\n",
        "request: {path: /r}\npaging: {kind: cursor, cursor: c, next: /n, initial: x, size: s, "
        "page_size: 5}\n"
        "records: /rows\n",
    };
    for (size_t i = 0; i < sizeof connections / sizeof *connections; i++) {
        check(connections[i], good_dataset, "");
    }
    for (size_t i = 0; i < sizeof datasets / sizeof *datasets; i++) {
        check(good_connection, datasets[i], "");
    }
}

static void test_wrong_connections(void **state)
{
    (void)state;
    check("base_url: ftp://x\n", good_dataset, "1: base_url: must begin with http");
    check("base_url: http://x\nauth: {kind: basic, user: u}\n", good_dataset,
          "2: auth: kind: basic needs password");
    check("base_url: http://x\nauth: {kind: bearer}\n", good_dataset, "kind: bearer needs token");
    check("base_url: http://x\nauth:\n  kind: api_key\n  key: '${env:K}'\n", good_dataset,
          "kind: api_key needs either header or parameter");
    check("base_url: http://x\nauth:\n  kind: bearer\n  token: '${env:T}'\n  user: u\n",
          good_dataset, "5: auth.user: kind: bearer has no use for this key");
    check("base_url: http://x\nauth: {kind: bearer, token: plain}\n", good_dataset, "auth.token");
    check("base_url: http://x\nparallel: 17\n", good_dataset, "parallel");
    check("base_url: http://x\nok: {pointer: code, equals: ['0']}\n", good_dataset, "ok.pointer");
    check("base_url: http://x\nok: {pointer: /code}\n", good_dataset, "equals");
    check("base_url: http://x\ntimeout: 5\n", good_dataset, "timeout");
    check("{}", good_dataset, "base_url");
}

static void test_wrong_datasets(void **state)
{
    (void)state;
    check(good_connection, "request: {path: r}\nrecords: /rows\n",
          "request.path: must begin with /");
    check(good_connection,
          "request: {path: /r}\npaging: {kind: page_number, page: p}\nrecords: /rows\n",
          "kind: page_number needs page_size");
    check(good_connection,
          "request: {path: /r}\npaging: {kind: offset, page_size: 5}\nrecords: /rows\n",
          "kind: offset needs offset");
    check(good_connection,
          "request: {path: /r}\npaging: {kind: cursor, cursor: c}\nrecords: /rows\n",
          "kind: cursor needs next");
    check(good_connection,
          "request: {path: /r}\npaging:\n  kind: offset\n  offset: o\n  page_size: 5\n  size: "
          "s\nrecords: /rows\n",
          "6: paging.size: kind: offset has no use for this key");
    check(good_connection,
          "request: {path: /r}\npaging: {kind: none, total: /rows/0/total}\nrecords: /rows\n",
          "paging.total: must lie outside the array of records");
    check(good_connection, "request: {path: /r}\nrecords: /rows\nincremental: {by: x}\n",
          "warning 3: incremental: incremental, but the request holds no {since}");
    check(good_connection, "request: {path: /r, query: {s: '{since}'}}\nrecords: /rows\n",
          "the request holds {since}, but is not incremental");
}

static int set_up(void **state)
{
    (void)state;
    lang_set(true);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_ones),
        cmocka_unit_test(test_wrong_connections),
        cmocka_unit_test(test_wrong_datasets),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
