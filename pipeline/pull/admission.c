#include "pipeline/pull/admission.h"

#include "pipeline/pull/landing.h"

#define SQL_MAX ((size_t)4 << 20)

static void put_part(const struct dataset *d, struct arena *a, struct buf *out, const char **at)
{
    const char *text = NULL;
    if (strncmp(*at, "@LC", 3) == 0) {
        text = landing_columns(d, a, "l.");
        *at += 3;
    } else {
        text = (*at)[1] == 'C'
                   ? landing_columns(d, a, "")
                   : arena_printf(a, "bidui.%s_%s", (*at)[1] == 'F' ? "fact" : "landing", d->table);
        *at += 2;
    }
    if (buf_puts(out, str_from(text)) != RC_OK) {
        err_die(RC_MEMORY, "%s", d->id);
    }
}

const char *admission_sql(const struct admission *m, const char *template)
{
    struct buf out;
    buf_init(&out, SQL_MAX);
    for (const char *p = template; *p != '\0';) {
        if (*p == '@') {
            put_part(m->job->dataset, m->arena, &out, &p);
        } else if (buf_putc(&out, *p++) != RC_OK) {
            err_die(RC_MEMORY, "%s", m->job->dataset->id);
        }
    }
    const char *sql = arena_cstr(m->arena, buf_str(&out));
    buf_done(&out);
    return sql;
}

struct admission admission_of(const struct job *job, int edition)
{
    struct admission m = {.job = job, .edition = edition, .arena = arena_new(SQL_MAX)};
    (void)db_number(edition, m.landed);
    (void)db_number(job->edition.number, m.learned);
    return m;
}

/* Over the landed rows: $1, $2. */
enum rc admission_run(const struct admission *m, const char *template, int64_t *ret_rows)
{
    return db_run(m->job->db, admission_sql(m, template), DB_PARAMS(m->job->config->county, m->landed),
                  ret_rows);
}

enum rc admission_learn(const struct admission *m, const char *template)
{
    return db_run(m->job->db, admission_sql(m, template),
                  DB_PARAMS(m->job->config->county, m->landed, m->learned), NULL);
}
