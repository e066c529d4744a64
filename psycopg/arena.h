/* Memory for very many Python objects. L0.
 *
 * The objects of a large result fill memory that is new to the process, and to get it page by page
 * costs more than to make them. Between arena_begin() and arena_end() the arenas which the calling
 * thread's objects lie in are taken from CPython's arena allocator several at once, and large pages
 * are asked for them: one page fault stands for hundreds then. They are CPython's own arenas all
 * the same, and freed as all are.
 *
 * Python/C API: PyObject_SetArenaAllocator(); Linux: madvise(2), MADV_HUGEPAGE. Elsewhere, or where
 * the system has no large pages, nothing changes. */
#ifndef PSYCOPG_ARENA_H
#define PSYCOPG_ARENA_H

#include "compat.h"

/* About `bytes` of objects will be made. Whether arena_end() has to follow. */
int arena_begin(size_t bytes);
void arena_end(void);

#endif
