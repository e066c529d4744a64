#include "pq.h"

#include <stdlib.h>
#include <string.h>

void
pq_error_clear(pq_error *self)
{
    PQclear(self->result);
    free(self->message);
    free(self->loss);
    memset(self, 0, sizeof *self);
}

/* Whether a line says so in libpq's own words, as "out of memory" or "... failed: out of memory for
 * query result". What else a line has those words in is somebody's name, which libpq quotes. The
 * server's OUT_OF_MEMORY has an SQLSTATE, or stands behind a severity and two spaces. */
static int
tells_no_memory(const char *message)
{
    for (const char *at = message; (at = strstr(at, "out of memory")); at++) {
        int begins =
            at == message || at[-1] == '\n' || (at - message >= 3 && strncmp(at - 2, ": ", 2) == 0);
        if (begins && at[strcspn(at, "\"\n")] != '"')
            return 1;
    }
    return 0;
}

static void
keep_message(pq_error *self, const char *message)
{
    self->message = strdup(message ? message : "");
    if (!self->message)
        self->no_memory = 1;
}

static void
add_message(pq_error *self, const char *message)
{
    size_t had = self->message ? strlen(self->message) : 0, more = strlen(message);
    char *text = had ? realloc(self->message, had + more + 1) : NULL;
    if (!text)
        return;  // what was said first still stands
    memcpy(text + had, message, more + 1);
    self->message = text;
}

void
pq_error_set_result(pq_error *self, PGresult *result)
{
    if (pq_error_is_set(self)) {
        add_message(self, PQresultErrorMessage(result));
        PQclear(result);
        return;
    }
    const char *message = PQresultErrorMessage(result);
    if (!PQresultErrorField(result, PG_DIAG_SQLSTATE) && (!*message || tells_no_memory(message))) {
        self->no_memory = 1;
        PQclear(result);
        return;
    }
    self->result = result;
    keep_message(self, message);
}

void
pq_error_set_conn(pq_error *self, const PGconn *pg)
{
    const char *message = PQerrorMessage(pg);
    if (!pg || tells_no_memory(message)) {
        if (!pq_error_is_set(self))
            self->no_memory = 1;
        return;
    }
    /* libpq says nothing where no socket can be made, as when the process has no descriptor left.
     */
    pq_error_set_text(self, *message ? message : "libpq failed and gives no reason\n");
}

void
pq_error_set_text(pq_error *self, const char *message)
{
    if (!pq_error_is_set(self))
        keep_message(self, message);
}

void
pq_error_set_loss(pq_error *self, const PGconn *pg)
{
    if (!self->loss)
        self->loss = strdup(PQerrorMessage(pg));
}

void
pq_error_tell_loss(pq_error *self, const PGconn *pg)
{
    const char *message = self->loss ? self->loss : PQerrorMessage(pg);
    size_t had = self->message ? strlen(self->message) : 0;
    /* libpq's message goes on where the server's ended, which may be in it. */
    if (had && strncmp(message, self->message, had) == 0)
        message += had;
    if (!pq_error_is_set(self))
        keep_message(self, message);
    else if (self->loss)
        add_message(self, message);
}
