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

void
pq_notify_collect(pq_session *self)
{
    PGnotify *notify;
    while (self->pg && (notify = PQnotifies(self->pg))) {
        pq_notify *node = malloc(sizeof *node);
        if (!node) {
            PQfreemem(notify);
            return;
        }
        node->next = NULL;
        node->notify = notify;
        *self->notifies_end = node;
        self->notifies_end = &node->next;
    }
}

pq_notify *
pq_take_notifies(pq_session *self)
{
    pq_notify *notifies = self->notifies;
    self->notifies = NULL;
    self->notifies_end = &self->notifies;
    return notifies;
}

void
pq_notify_free(pq_notify *self)
{
    PQfreemem(self->notify);
    free(self);
}
