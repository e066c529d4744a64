/* Turns callgrind's counting on and off from Python: these requests are macros, for C alone. */

#include <valgrind/callgrind.h>

#define PUBLIC __attribute__((visibility("default")))

PUBLIC void counter_prepare(void);
PUBLIC void counter_toggle(void);
PUBLIC void counter_write(const char *name);

/* Be ready to count: until then the program runs faster. */
void
counter_prepare(void)
{
    CALLGRIND_START_INSTRUMENTATION;
}

/* Count, or count no more. */
void
counter_toggle(void)
{
    CALLGRIND_TOGGLE_COLLECT;
}

/* Write what was counted to a file, with the name in it; the next count begins from zero. */
void
counter_write(const char *name)
{
    CALLGRIND_DUMP_STATS_AT(name);
}
