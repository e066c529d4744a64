/* What the files of the protocol layer share among themselves. L1. */
#ifndef PSYCOPG_PQ_IMPL_H
#define PSYCOPG_PQ_IMPL_H

#include "pq.h"

/* pq_notice.c: from now on notices of self->pg are kept. */
void pq_notice_setup(pq_session *self);

/* pq_notice.c: put the notifications that libpq has behind self->notifies. */
void pq_notify_collect(pq_session *self);

/* pq_result.c: take one result from libpq, freed here or kept. PQ_OK: go on; PQ_COPY_*: a COPY has
 * begun. */
pq_state pq_result_take(pq_query *query, PGresult *res);
/* Read the COPY data that is here: PQ_READ, or PQ_OK at its end. */
pq_state pq_result_take_lines(pq_query *query);
/* There is no memory for the result: forget it. */
void pq_result_no_memory(pq_query *query);

#endif
