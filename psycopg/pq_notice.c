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
    pthread_mutex_lock(&self->mutex);
    *self->notices_end = notice;
    self->notices_end = &notice->next;
    pthread_mutex_unlock(&self->mutex);
}

void
pq_notice_setup(pq_session *self)
{
    PQsetNoticeProcessor(self->pg, keep_notice, self);
}

int
pq_has_events(pq_session *self)
{
    pthread_mutex_lock(&self->mutex);
    int has = self->notices || self->notifies;
    pthread_mutex_unlock(&self->mutex);
    return has;
}

pq_notice *
pq_take_notices(pq_session *self)
{
    pthread_mutex_lock(&self->mutex);
    pq_notice *notices = self->notices;
    self->notices = NULL;
    self->notices_end = &self->notices;
    pthread_mutex_unlock(&self->mutex);
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
        pthread_mutex_lock(&self->mutex);
        *self->notifies_end = node;
        self->notifies_end = &node->next;
        pthread_mutex_unlock(&self->mutex);
    }
}

pq_notify *
pq_take_notifies(pq_session *self)
{
    pthread_mutex_lock(&self->mutex);
    pq_notify *notifies = self->notifies;
    self->notifies = NULL;
    self->notifies_end = &self->notifies;
    pthread_mutex_unlock(&self->mutex);
    return notifies;
}

void
pq_notify_free(pq_notify *self)
{
    PQfreemem(self->notify);
    free(self);
}
