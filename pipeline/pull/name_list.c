/* What the database knows of name lists. */
#include "pipeline/pull/name_list.h"

#include "base/text.h"

struct str name_list_token(const struct job *job, struct str list_no, struct str person_id)
{
    char code[CODE_TEXT];
    const char *what = arena_printf(job->arena, "%s %.*s %.*s", job->dataset->id, STR_ARGS(list_no), STR_ARGS(person_id));
    crypto_code(&job->config->code_key, "name list", str_from(what), code);
    return arena_str(job->arena, str_from(code));
}

/* ---- What comes back ---- */

static enum rc refuse(const char *word, const char **ret_word, const char *why, const char *hint)
{
    *ret_word = word;
    enum rc rc = err_fail(RC_NOT_FOUND, "%s", why);
    err_hint("%s", hint);
    return rc;
}

static enum rc find_state(const struct job *job, struct str list_no, const char **ret_word)
{
    DB_RESULT PGresult *res = NULL;
    TRY(db_query(job->db, "select state from bidui.name_list where county = $1 and dataset = $2 and list_no = $3",
                 DB_PARAMS(job->config->county, job->dataset->id, arena_cstr(job->arena, list_no)), &res));
    if (PQntuples(res) == 0) {
        return refuse("unknown_list", ret_word, tr("第一行的名单号不是送出过的名单", "its first row names no list that was sent"),
                      tr("请部门在原名单上填写后退回,不改名单号和核对码;放错的文件请移走。",
                         "Ask the department to fill in the list itself, number and tokens untouched; move away what is not it."));
    }
    if (str_is(db_text(res, 0, 0), "expired")) {
        return refuse("old_list", ret_word, tr("名单已到期,其中的人会另行再问", "the list is over: its persons are asked about anew"),
                      tr("移走该文件;需要更久时加大 ask.list.keep。", "Move the file away; a longer ask.list.keep gives more time."));
    }
    return RC_OK;
}

enum rc name_list_open(const struct job *job, struct str list_no, struct asking *ret, const char **ret_word)
{
    DB_RESULT PGresult *res = NULL;
    TRY(find_state(job, list_no, ret_word));
    struct asking a = {.list_no = arena_cstr(job->arena, list_no)};
    TRY(db_query(job->db,
                 "select person_id from bidui.question where county = $1 and dataset = $2 and list_no = $3"
                 " and outcome = 'asked' order by person_id",
                 DB_PARAMS(job->config->county, job->dataset->id, a.list_no), &res));
    a.count = a.batch = (size_t)PQntuples(res);
    a.ids = arena_array(job->arena, a.count, sizeof *a.ids);
    a.tokens = arena_array(job->arena, a.count, sizeof *a.tokens);
    a.answers = arena_array(job->arena, a.count, sizeof *a.answers);
    for (size_t i = 0; i < a.count; i++) {
        a.ids[i] = db_i64(res, (int)i, 0);
        a.tokens[i] = name_list_token(job, list_no, db_text(res, (int)i, 0));
    }
    *ret = a;
    return RC_OK;
}

static enum rc answer_as(const struct asking *a, const struct job *job, enum answered answer, const char *word)
{
    char edition[DB_NUMBER], today[DATE_TEXT];
    struct str *ids = arena_array(job->arena, a->count, sizeof *ids);
    size_t n = 0;
    date_format(job->today, today);
    for (size_t i = 0; i < a->count; i++) {
        if (a->answers[i] == answer) {
            ids[n++] = str_from(arena_printf(job->arena, "%lld", (long long)a->ids[i]));
        }
    }
    return db_run(job->db,
                  "insert into bidui.question (county, dataset, person_id, edition, attempt, asked_on, consent_no, outcome,"
                  " list_no) select $1, $2, q.person_id, $3::int, 1 + (select count(*) from bidui.question o"
                  "   where o.county = $1 and o.dataset = $2 and o.person_id = q.person_id and o.edition = $3::int), $4::date,"
                  " q.consent_no, $5, q.list_no from bidui.question q where q.county = $1 and q.dataset = $2"
                  " and q.list_no = $6 and q.outcome = 'asked' and q.person_id = any ($7::bigint[])",
                  DB_PARAMS(job->config->county, job->dataset->id, db_number(job->edition.number, edition), today, word,
                            a->list_no, db_array(job->arena, ids, n)),
                  NULL);
}

enum rc name_list_answer(const struct asking *a, const struct job *job)
{
    TRY(answer_as(a, job, ANSWER_NONE, "none"));
    TRY(answer_as(a, job, ANSWER_RECORD, "record"));
    return answer_as(a, job, ANSWER_CONFLICT, "conflict");
}

/* ---- What waits ---- */

static const char count_waiting[] = "select count(*) from (" NAME_LIST_WAITING("$1", "$2") ") w";

enum rc name_list_waiting(const struct job *job, int64_t *ret)
{
    return db_query_i64(job->db, count_waiting, DB_PARAMS(job->config->county, job->dataset->id), ret);
}

#define OLD " state <> 'expired' and sent_on <= $3::date - $4::int"
static const char count_old[] = "select count(*) from (" NAME_LIST_WAITING("$1", "$2") " and" OLD ") w";
static const char expire_old[] = "update bidui.name_list set state = 'expired' where county = $1 and dataset = $2 and" OLD;

enum rc name_lists_expire(const struct job *job, int64_t *ret_given_up)
{
    char today[DATE_TEXT], keep[DB_NUMBER];
    date_format(job->today, today);
    const char *const params[] = {job->config->county, job->dataset->id, today,
                                  db_number(job->dataset->ask.list->keep_days, keep)};
    DB_ROLLBACK struct db *tx = job->db;
    TRY(db_begin(job->db));
    TRY(db_query_i64(job->db, count_old, 4, params, ret_given_up));
    TRY(db_run(job->db, expire_old, 4, params, NULL));
    return db_commit(job->db);
}
