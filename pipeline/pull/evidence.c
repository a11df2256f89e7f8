#include "pipeline/pull/evidence.h"

#include <stdlib.h>

#include "pipeline/pull/likely/weights.h"

#define BAR_BITS 1000 /* thousandths of a bit a sign stands for */
#define BAR_MOST 24

/* ---- Writing ---- */

static const char *pair_text(struct arena *a, const struct likely *l, const struct index *ix, const struct likely_pair *p)
{
    const char *line = arena_printf(a, "%lld %d %d %s %d", (long long)index_person(ix, p->person)->person_id,
                                    likely_version(l), p->weight, p->by_relatives ? "relatives" : "strangers", p->prior);
    for (int f = 0; f < LIKELY_FIELDS; f++) {
        if (p->levels[f] != LINK_MISSING) {
            line = arena_printf(a, "%s %s:%u:%d", line, likely_fields[f].name, p->levels[f], p->weights[f]);
        }
    }
    return line;
}

struct str evidence_text(struct arena *a, const struct likely *l, const struct index *ix, const struct likely_answer *answer)
{
    const char *all = "";
    for (size_t i = 0; i < answer->n; i++) {
        all = arena_printf(a, "%s%s%s", all, i > 0 ? "\n" : "", pair_text(a, l, ix, &answer->pairs[i]));
    }
    return str_from(all);
}

/* ---- Reading ---- */

struct str evidence_of(struct str text, int64_t subject)
{
    while (text.n > 0) {
        int64_t id = 0;
        struct str line = str_cut(&text, '\n'), rest = line;
        if (str_to_i64(str_cut(&rest, ' '), &id) && id == subject) {
            return line;
        }
    }
    return STR_NULL;
}

struct head {
    int64_t subject, version, weight, prior;
    bool by_relatives;
};
struct step {
    const struct likely_field_row *field;
    const struct link_level *level;
    int64_t weight;
};

static bool read_head(struct str *line, struct head *h)
{
    bool is_read = str_to_i64(str_cut(line, ' '), &h->subject) && str_to_i64(str_cut(line, ' '), &h->version) &&
                   str_to_i64(str_cut(line, ' '), &h->weight);
    h->by_relatives = str_is(str_cut(line, ' '), "relatives");
    return is_read && str_to_i64(str_cut(line, ' '), &h->prior);
}

/* False at the end. */
static bool read_step(struct str *line, struct step *s)
{
    struct str word = str_cut(line, ' '), name = str_cut(&word, ':');
    int64_t level = 0;
    bool is_read = str_to_i64(str_cut(&word, ':'), &level) && str_to_i64(word, &s->weight);
    for (int f = 0; is_read && f < LIKELY_FIELDS; f++) {
        const struct link_kind_row *kind = &link_kinds[likely_fields[f].kind];
        if (str_is(name, likely_fields[f].name) && level > 0 && level < (int64_t)kind->level_count) {
            s->field = &likely_fields[f];
            s->level = &kind->levels[level];
            return true;
        }
    }
    return false;
}

static const char *field_title(const struct likely_field_row *f)
{
    const struct link_kind_row *kind = &link_kinds[f->kind];
    return f->kind == LINK_REGION ? tr("村", "village") : tr(kind->zh, kind->en);
}

/* ---- For people ---- */

static void print_bar(int64_t weight, FILE *out)
{
    for (int64_t i = 0; i < llabs(weight) / BAR_BITS && i < BAR_MOST; i++) {
        fputc(weight < 0 ? '-' : '+', out);
    }
}

static void print_step(const char *indent, const char *what, const char *level, int64_t weight, int64_t sum, FILE *out)
{
    fprintf(out, "%s%s%s%s %+.1f = %+.1f  ", indent, what, *level != '\0' ? tr(":", ": ") : "", level,
            (double)weight / 1000, (double)sum / 1000);
    print_bar(weight, out);
    fputc('\n', out);
}

void evidence_print(struct str line, const char *indent, FILE *out)
{
    struct head h = {0};
    struct step s = {0};
    if (!read_head(&line, &h)) {
        return;
    }
    int64_t sum = h.prior;
    print_step(indent, h.by_relatives ? tr("起点(对亲属)", "to begin with (against relatives)")
                                      : tr("起点(对陌生人)", "to begin with (against strangers)"),
               "", h.prior, sum, out);
    while (read_step(&line, &s)) {
        sum += s.weight;
        print_step(indent, field_title(s.field), tr(s.level->zh, s.level->en), s.weight, sum, out);
    }
    fprintf(out, tr("%s合计 %+.1f 比特(权重第 %lld 版)\n", "%stogether %+.1f bits (weights, version %lld)\n"), indent,
            (double)h.weight / 1000, (long long)h.version);
}

enum rc evidence_put_json(struct buf *b, struct str line)
{
    struct head h = {0};
    struct step s = {0};
    if (!read_head(&line, &h)) {
        return buf_puts(b, STR("null"));
    }
    TRY(buf_printf(b, "{\"version\":%lld,\"weight\":%lld,\"against\":\"%s\",\"prior\":%lld,\"fields\":[", (long long)h.version,
                   (long long)h.weight, h.by_relatives ? "relatives" : "strangers", (long long)h.prior));
    for (bool is_first = true; read_step(&line, &s); is_first = false) {
        TRY(buf_printf(b, "%s{\"field\":\"%s\",\"level\":", is_first ? "" : ",", s.field->name));
        TRY(buf_put_json(b, str_from(tr(s.level->zh, s.level->en))));
        TRY(buf_printf(b, ",\"weight\":%lld}", (long long)s.weight));
    }
    return buf_puts(b, STR("]}"));
}

/* ---- Admission ---- */

/* Twins agree or are no facts: either one's evidence will do, the latest page's is taken. */
static const char merge[] =
    "insert into bidui.link_evidence as e (county, dataset, record_key, learned, evidence)"
    " select distinct on (l.record_key) l.county, l.dataset, l.record_key, $4::int, l.evidence from bidui.landing_evidence l"
    " where l.county = $1 and l.dataset = $2 and l.edition = $3::int and l.evidence is distinct from ("
    "   select o.evidence from bidui.link_evidence o where o.county = $1 and o.dataset = $2 and o.record_key = l.record_key"
    "   and o.learned < $4::int order by o.learned desc limit 1)"
    " order by l.record_key, l.page desc, l.row_number desc"
    " on conflict (county, dataset, record_key, learned) do update set evidence = excluded.evidence";

enum rc evidence_admit(const struct job *job, int edition)
{
    char landed[DB_NUMBER], now[DB_NUMBER];
    const char *const params[] = {job->config->county, job->dataset->id, db_number(edition, landed),
                                  db_number(job->edition.number, now)};
    TRY(db_run(job->db, merge, 4, params, NULL));
    return db_run(job->db, "delete from bidui.landing_evidence where county = $1 and dataset = $2 and edition = $3::int", 3,
                  params, NULL);
}
