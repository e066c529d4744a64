/* Memory for very many Python objects. L0.
 *
 * The objects of a large result fill memory that is new to the process, and to get that costs about
 * as much as to make them. So up to 64 MB of the arenas which CPython's object allocator frees are
 * kept, and handed out when it asks for one again (see kept.h): as much as glibc's malloc() may
 * keep of what it frees (mallopt(3), M_TRIM_THRESHOLD); but the system can have this back.
 *
 * Python/C API: PyObject_SetArenaAllocator(). */
#ifndef PSYCOPG_ARENA_H
#define PSYCOPG_ARENA_H

#include "compat.h"

/* Large results are read in this process: keep arenas from now on. With the GIL. */
void arena_keep(void);
/* A statement was executed. With the GIL. */
void arena_age(void);

#endif
