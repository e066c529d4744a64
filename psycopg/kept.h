/* Memory that outlasts its use, to be used again. Plain C. L0.
 *
 * Fresh memory is dear: the system has to clear it page by page, and on a virtual machine perhaps
 * to get it first. So some pieces of what a large result took are kept for the next one. The system
 * may take what is in them at any time, and does where memory is short (madvise(2), MADV_FREE);
 * pieces that many statements in a row had no use for are given back. Their address space stays
 * taken until then. Where the system has no MADV_FREE nothing is kept.
 *
 * Pieces go in and out from any thread, with or without the GIL. */
#ifndef PSYCOPG_KEPT_H
#define PSYCOPG_KEPT_H

#include <stdatomic.h>
#include <stddef.h>

enum { KEPT_PIECES = 256 };

typedef struct {
    size_t most; /* bytes that are kept */
    void (*give_back)(void *piece, size_t size);
    _Atomic(size_t) size;  /* of every piece */
    _Atomic(int) count;    /* of the pieces */
    _Atomic(int) unneeded; /* statements since one was last asked for */
    _Atomic(void *) pieces[KEPT_PIECES];
} kept;

/* A piece of `size` bytes, whatever is in it; NULL: there is none. */
void *kept_take(kept *self, size_t size);
/* Whether a piece is kept: else the caller still has it. All pieces of a `kept` have one size. */
int kept_put(kept *self, void *piece, size_t size);
/* A statement was executed. Calls give_back() for pieces that nobody needs any more. */
void kept_age(kept *self);

#endif
