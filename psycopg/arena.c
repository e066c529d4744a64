#include "arena.h"

#ifdef __linux__
#include <string.h>
#include <sys/mman.h>
#endif

#ifdef MADV_HUGEPAGE

/* A large page may reach from the arenas of one time into those of the next, which mostly lie
 * beside them: they are got before the last of it is used. */
enum { MOST_READY = 80, LARGE_PAGE = 2 << 20 };
/* Less is not worth the trouble; and what is got ready at once. */
static const size_t least_wanted = (size_t)4 << 20, most_at_once = (size_t)16 << 20;

/* What was installed before. It is the same for all threads: a second begin finds our own. */
static PyObjectArenaAllocator original;

static _Thread_local struct {
    size_t wanted;           /* bytes that may still be needed */
    size_t size;             /* of an arena */
    int first, count;        /* of those that are ready: */
    void *ready[MOST_READY]; /* in the order in which they were got */
} reserve;

static void
get_ready(size_t size)
{
    size_t wanted = reserve.wanted < most_at_once ? reserve.wanted : most_at_once;
    memmove(reserve.ready, reserve.ready + reserve.first,
            (size_t)reserve.count * sizeof *reserve.ready);
    reserve.first = 0;
    reserve.size = size;
    for (size_t got = 0; reserve.count < MOST_READY && got < wanted; got += size) {
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
    int fits = !reserve.count || reserve.size == size;
    if (fits && reserve.wanted > size && (size_t)reserve.count * size <= LARGE_PAGE)
        get_ready(size);
    if (!fits || !reserve.count)
        return original.alloc(original.ctx, size);
    reserve.count--;
    return reserve.ready[reserve.first++];
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
        original.free(original.ctx, reserve.ready[reserve.first + --reserve.count], reserve.size);
    reserve.first = 0;
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
