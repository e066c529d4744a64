/* Exceptions: the DB-API tree, a class for every SQLSTATE, and pq_error into what Python raises. L4. */
#ifndef PSYCOPG_ERRORS_H
#define PSYCOPG_ERRORS_H

#include "psycopg.h"

#include "pq.h"

/* Make the classes, state->sqlstate_errors, and add all to the module (classes of SQLSTATEs only to the dict). */
int errors_init(PyObject *module, module_state *state);

/* Raise what `error` says, with pgcode, pgerror, diag and cursor (NULL: none); `error` is cleared. `session` may be
 * NULL. Always NULL. The class: by SQLSTATE; without one OperationalError when the connection is lost or could not be
 * made, else DatabaseError; MemoryError where there was no memory. */
PyObject *errors_raise(module_state *state, pq_error *error, const text_codec *codec, const pq_session *session,
                       PyObject *cursor);

/* diag.c: psycopg2.extensions.Diagnostics */
int diag_init(PyObject *module, module_state *state);
/* A new Diagnostics of `error` (its PGresult, if any, is kept by the exception). */

#endif
