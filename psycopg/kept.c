#include "kept.h"

#include <sys/mman.h>

/* After so many statements that did without, each of the next ones gives so many bytes back. */
enum { STATEMENTS = 1000, AT_ONCE = 1 << 20 };

static void *
take_any(kept *self)
{
    void *piece = NULL;
    if (!atomic_load_explicit(&self->count, memory_order_relaxed))
        return NULL;
    for (int i = 0; i < KEPT_PIECES && !piece; i++) {
        if (atomic_load_explicit(&self->pieces[i], memory_order_relaxed))
            piece = atomic_exchange(&self->pieces[i], NULL);
    }
    if (piece)
        self->count--;
    return piece;
}

void *
kept_take(kept *self, size_t size)
{
    if (size != self->size)
        return NULL;
    self->unneeded = 0;
    return take_any(self);
}

int
kept_put(kept *self, void *piece, size_t size)
{
#ifdef MADV_FREE
    size_t none = 0;
    if (!atomic_compare_exchange_strong(&self->size, &none, size) && none != size)
        return 0;
    for (size_t i = 0; i < KEPT_PIECES && (i + 1) * size <= self->most; i++) {
        void *empty = NULL;
        if (atomic_load_explicit(&self->pieces[i], memory_order_relaxed))
            continue;
        if (madvise(piece, size, MADV_FREE) < 0)
            return 0;
        if (atomic_compare_exchange_strong(&self->pieces[i], &empty, piece)) {
            self->count++;
            return 1;
        }
    }
#else
    (void)self, (void)piece, (void)size;
#endif
    return 0;
}

void
kept_age(kept *self)
{
    if (!atomic_load_explicit(&self->count, memory_order_relaxed) ||
        atomic_fetch_add_explicit(&self->unneeded, 1, memory_order_relaxed) < STATEMENTS)
        return;
    void *piece;
    for (size_t given = 0; given < AT_ONCE && (piece = take_any(self)); given += self->size)
        self->give_back(piece, self->size);
}
