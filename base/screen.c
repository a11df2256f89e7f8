#include "base/screen.h"

#include "base/utf8.h"

/* The blocks that are wide throughout (Unicode Standard Annex 11: W and F). */
static bool is_wide(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } wide[] = {{0x1100, 0x115F}, {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xA960, 0xA97C}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
                {0xFE10, 0xFE19}, {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},  {0xFFE0, 0xFFE6}, {0x20000, 0x3FFFD}};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (c >= wide[i].first && c <= wide[i].last) {
            return true;
        }
    }
    return false;
}

int screen_width(struct str text)
{
    int width = 0;
    while (text.n > 0) {
        uint32_t c = utf8_next(&text);
        width += utf8_is_invisible(c) ? 0 : is_wide(c) ? 2 : 1;
    }
    return width;
}

void screen_cell(FILE *out, struct str text, int width)
{
    int missing = (width < 0 ? -width : width) - screen_width(text);
    int padding = missing > 0 ? missing : 0;
    fprintf(out, "%*s%.*s%*s", width < 0 ? padding : 0, "", STR_ARGS(text), width < 0 ? 0 : padding, "");
}
