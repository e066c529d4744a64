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
/* The same in a pipeline, where NULL ends the results of each command but a Sync. */
void pq_result_take_pipelined(pq_query *query, PGresult *res);
/* There is no memory for the result: forget it. */
void pq_result_no_memory(pq_query *query);

/* pq_exec.c: a query that is about to be sent. 0, or -1 with its error set: there is no connection.
 */
int pq_query_prepare(pq_query *self, pq_session *session, pq_result *result);
/* What a forked child sends would reach the server as its parent's: 0, or -1 with the error set. */
int pq_query_check_process(pq_query *self);
/* The rows of the command at hand are to come in pieces. */
void pq_query_ask_for_chunks(pq_query *self);

/* pq_flow.c: whether a large answer is coming in, and so little of it is to be read now that who
 * reads it would rather sleep. */
int pq_query_flows(const pq_query *self);

#endif
