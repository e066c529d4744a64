/* Notices and notifications: what the server says unasked. */
#include "pq.h"
#include "pq_impl.h"

#include <stdlib.h>
#include <string.h>

static void
keep_notice(void *arg, const char *message)
{
    pq_session *self = arg;
    size_t size = strlen(message) + 1;
    pq_notice *notice = malloc(sizeof *notice + size);
    if (!notice)
        return;  // a notice is all that is lost, and there is nobody to tell
    notice->next = NULL;
    memcpy(notice->text, message, size);
    *self->notices_end = notice;
    self->notices_end = &notice->next;
}

void
pq_notice_setup(pq_session *self)
{
    PQsetNoticeProcessor(self->pg, keep_notice, self);
}

pq_notice *
pq_take_notices(pq_session *self)
{
    pq_notice *notices = self->notices;
    self->notices = NULL;
    self->notices_end = &self->notices;
    return notices;
}

PGnotify *
pq_next_notify(pq_session *self)
{
    return self->pg ? PQnotifies(self->pg) : NULL;
}
