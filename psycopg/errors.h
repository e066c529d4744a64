/* Exceptions: the DB-API tree, a class for every SQLSTATE, and pq_error into what Python raises.
 * L4. */
#ifndef PSYCOPG_ERRORS_H
#define PSYCOPG_ERRORS_H

#include "psycopg.h"

#include "pq.h"

/* psycopg2.Error and every subclass. */
typedef struct {
    PyBaseExceptionObject base;
    PyObject *pgerror, *pgcode; /* str; NULL: None */
    PyObject *cursor;           /* NULL: None */
    PGresult *result;           /* the server's report, owned; NULL: none */
    text_codec codec;           /* of the report */
} error_object;

/* Make the classes, state->sqlstate_errors, and add all to the module (classes of SQLSTATEs only to
 * the dict). */
int errors_init(PyObject *module, module_state *state);

/* Raise what `error` says, with pgcode, pgerror, diag and cursor (NULL: none); `error` is cleared.
 * `session` may be NULL. Always NULL. The class: by SQLSTATE; without one OperationalError when the
 * connection is lost, could not be made, or as `error` says, else DatabaseError;
 * MemoryError where there was no memory. */
PyObject *errors_raise(module_state *state, pq_error *error, const text_codec *codec,
                       const pq_session *session, PyObject *cursor);

/* Turn a DatabaseError that is set into an OperationalError whose text is the server's whole
 * message, "ERROR:  " included; pgcode and diag stay: what the functions of large objects raise.
 * Other exceptions stay. */
void errors_make_operational(module_state *state);

/* Note `cursor` on the psycopg2.Error that is set, unless another is noted there; other exceptions
 * stay as they are. */
void errors_set_cursor(module_state *state, PyObject *cursor);

/* errors_note.c: add to the exception that is set, of SQLSTATE `code`, what may be done about it.
 */
void errors_note_sqlstate(const char *code, const char *message);

/* A str from `text`, with replacement characters where it is not valid in the encoding. */
PyObject *errors_decode(const text_codec *codec, const char *text);

/* diag.c: psycopg2.extensions.Diagnostics */
int diag_init(PyObject *module, module_state *state);
/* A new Diagnostics of `error`, which it holds. */
PyObject *diag_new(module_state *state, error_object *error);

#endif
