/* Columns on a terminal, where a Han character takes two places. */
#ifndef BIDUI_BASE_SCREEN_H
#define BIDUI_BASE_SCREEN_H

#include <stdio.h>

#include "base/str.h"

int screen_width(struct str text);
/* Pads to `width` places, on the left where width is negative; longer text is written whole. */
void screen_cell(FILE *out, struct str text, int width);

#endif
