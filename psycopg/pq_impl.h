/* What the files of the protocol layer share among themselves. L1. */
#ifndef PSYCOPG_PQ_IMPL_H
#define PSYCOPG_PQ_IMPL_H

#include "pq.h"

/* pq_notice.c: from now on notices of self->pg are kept. */
void pq_notice_setup(pq_session *self);

/* pq_notice.c: put the notifications that libpq has behind self->notifies. */
void pq_notify_collect(pq_session *self);

#endif
