/* To be preloaded: malloc(), calloc() and realloc() that fail on demand, in the thread that asked
 * for it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

static __thread int armed __attribute__((tls_model("initial-exec")));
static __thread long seen __attribute__((tls_model("initial-exec")));
static __thread long first __attribute__((tls_model("initial-exec")));
static __thread long last __attribute__((tls_model("initial-exec")));

void
malloc_shim_arm(long from, long to)
{
    first = from;
    last = to;
    seen = 0;
    armed = 1;
}

long
malloc_shim_disarm(void)
{
    armed = 0;
    return seen;
}

static int
fails(void)
{
    if (!armed)
        return 0;
    seen++;
    if (seen < first || seen > last)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *
malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *block, size_t size)
{
    return fails() ? NULL : __libc_realloc(block, size);
}
