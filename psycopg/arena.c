#include "arena.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#ifdef MADV_HUGEPAGE

enum { MOST_READY = 64 };
/* Less is not worth the trouble; what is got ready at once, less one half of a large page at
 * either end, has large pages. */
static const size_t least_wanted = (size_t)4 << 20, most_at_once = (size_t)16 << 20;

/* What was installed before. It is the same for all threads: a second begin finds our own. */
static PyObjectArenaAllocator original;

static _Thread_local struct {
    size_t wanted; /* bytes that may still be needed */
    size_t size;   /* of an arena */
    int count;
    void *ready[MOST_READY];
} reserve;

static void
get_ready(size_t size)
{
    size_t wanted = reserve.wanted < most_at_once ? reserve.wanted : most_at_once;
    reserve.size = size;
    while (reserve.count < MOST_READY && (size_t)reserve.count * size < wanted) {
        void *arena = original.alloc(original.ctx, size);
        if (!arena)
            break;
        (void)madvise(arena, size, MADV_HUGEPAGE);
        reserve.ready[reserve.count++] = arena;
    }
    reserve.wanted -= wanted;
}

/* Threads that have not begun find nothing wanted. */
static void *
allocate(void *ctx, size_t size)
{
    (void)ctx;
    if (!reserve.count && reserve.wanted > size)
        get_ready(size);
    if (reserve.count && reserve.size == size)
        return reserve.ready[--reserve.count];
    return original.alloc(original.ctx, size);
}

int
arena_begin(size_t bytes)
{
    PyObjectArenaAllocator now;
    if (bytes < least_wanted || reserve.wanted || reserve.count)
        return 0;
    PyObject_GetArenaAllocator(&now);
    if (now.alloc != allocate) {
        original = now;
        now.alloc = allocate;
        PyObject_SetArenaAllocator(&now);
    }
    reserve.wanted = bytes;
    return 1;
}

void
arena_end(void)
{
    PyObjectArenaAllocator now;
    while (reserve.count)
        original.free(original.ctx, reserve.ready[--reserve.count], reserve.size);
    reserve.wanted = 0;
    PyObject_GetArenaAllocator(&now);
    if (now.alloc == allocate)
        PyObject_SetArenaAllocator(&original);
}

#else

int
arena_begin(size_t bytes)
{
    (void)bytes;
    return 0;
}

void
arena_end(void)
{
}

#endif
