#include "arena.h"

#include "kept.h"

/* What was installed before: it is the same for all threads and interpreters. */
static PyObjectArenaAllocator original;

static void
give_back(void *arena, size_t size)
{
    original.free(original.ctx, arena, size);
}

static kept arenas = {.most = (size_t)64 << 20, .give_back = give_back};

static void *
allocate(void *ctx, size_t size)
{
    (void)ctx;
    void *arena = kept_take(&arenas, size);
    return arena ? arena : original.alloc(original.ctx, size);
}

static void
release(void *ctx, void *arena, size_t size)
{
    (void)ctx;
    if (!kept_put(&arenas, arena, size))
        give_back(arena, size);
}

/* Once only: an allocator that somebody has put before ours since then calls it all the same. */
void
arena_keep(void)
{
    static int done;
    if (done)
        return;
    done = 1;
    PyObject_GetArenaAllocator(&original);
    PyObjectArenaAllocator ours = {.alloc = allocate, .free = release};
    PyObject_SetArenaAllocator(&ours);
}

void
arena_age(void)
{
    kept_age(&arenas);
}
