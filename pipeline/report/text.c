/* Cells as people read them. */
#include "pipeline/report/report.h"

const char *report_column_title(const struct report_column *c) { return tr(c->zh, c->en); }

static const char *unit_title(struct str word)
{
    static const struct {
        const char *word, *zh, *en;
    } units[] = {{"person", "人", "persons"}, {"household", "户", "households"}, {"works", "处", "works"},
                 {"off_roster", "名册外人员(人)", "off the roster (persons)"}, {"works_to_mend", "行业整改(处)", "works to mend (works)"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (str_is(word, units[i].word)) {
            return tr(units[i].zh, units[i].en);
        }
    }
    return "";
}

int report_rate(const struct report_table *t, size_t row, size_t column)
{
    const struct report_column *c = &t->form->columns[column];
    const struct report_cell *of = report_at(t, row, (size_t)c->numerator), *all = report_at(t, row, (size_t)c->denominator);
    return all->count == 0 || of->is_hidden || all->is_hidden ? -1 : (int)((of->count * 2000 + all->count) / (2 * all->count));
}

struct str report_text(struct arena *a, const struct report_table *t, size_t row, size_t column)
{
    const struct report_cell *c = report_at(t, row, column);
    switch (t->form->columns[column].kind) {
    case CELL_TEXT:
        return c->text;
    case CELL_UNIT:
        return str_from(unit_title(c->text));
    case CELL_RATE: {
        int rate = report_rate(t, row, column);
        return rate < 0 ? STR("") : str_from(arena_printf(a, "%d.%d%%", rate / 10, rate % 10));
    }
    case CELL_NUMBER:
    case CELL_PEOPLE:
        break;
    }
    return c->is_few      ? str_from(arena_printf(a, "<%d", REPORT_FEW))
           : c->is_hidden ? STR("*")
                          : str_from(arena_printf(a, "%lld", (long long)c->count));
}
