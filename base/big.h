/* Large tables that are read at random: in huge pages where the system has them, so that finding an
 * address doesn't cost more than reading it. */
#ifndef BIDUI_BASE_BIG_H
#define BIDUI_BASE_BIG_H

#include <stddef.h>

/* n bytes of zeros, at a cache line's beginning, to be freed with free; ends the program for want of
 * memory. */
void *big_alloc(size_t n);

#endif
