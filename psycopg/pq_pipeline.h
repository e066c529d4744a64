/* libpq's pipeline mode: many commands under way at once. L1.
 *
 * A query is entered into it, statements are added as they come, and pq_pipeline_push() moves them
 * and takes in what was answered; pq_pipeline_end() says that it was all, and the query is run to
 * its end like any other. Behind a statement that the server refuses it executes nothing more. */
#ifndef PSYCOPG_PQ_PIPELINE_H
#define PSYCOPG_PQ_PIPELINE_H

#include <limits.h>

#include "pq.h"

/* query->failed where the server has refused nothing. */
#define PQ_PIPELINE_NONE UINT_MAX

/* Each PQ_OK, or PQ_FAILED with self->error. */

pq_state pq_pipeline_enter(pq_query *self, pq_session *session, pq_result *result);
/* The same for a query that was prepared. */
pq_state pq_pipeline_on(pq_query *self);
/* One statement without parameters, whose result becomes self->result. */
pq_state pq_pipeline_statement(pq_query *self, const char *sql);
/* A statement for pq_pipeline_bound(): it replaces the one before it. */
pq_state pq_pipeline_parse(pq_query *self, const char *sql, int count, const uint32_t *types);
/* Ask what it takes; once that is the last thing answered, pq_pipeline_type() tells the type of
 * parameter `i` from 0, 0 where there is none. */
pq_state pq_pipeline_describe(pq_query *self);
uint32_t pq_pipeline_type(const pq_query *self, int i);
/* Execute that with these parameters; a text among them ends with NUL. */
pq_state pq_pipeline_bound(pq_query *self, int count, const char *const *values, const int *lengths,
                           const int *formats);
/* That was all. PQ_WRITE: go on with pq_query_step() or pq_query_run(). */
pq_state pq_pipeline_end(pq_query *self);

/* Send what was added, and take in what was answered, without waiting. PQ_OK, where no more than
 * `most` are unanswered; PQ_READ, PQ_WRITE: wait, call again; PQ_FAILED: the server has refused
 * one, or the connection is lost. */
pq_state pq_pipeline_push(pq_query *self, unsigned most);

#endif
