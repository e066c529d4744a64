/* psycopg2.extensions.cursor. L4. */
#ifndef PSYCOPG_CUR_H
#define PSYCOPG_CUR_H

#include "psycopg.h"

#include "conn.h"
#include "rows_ahead.h"
#include "rows_shape.h"

/* A result as it is read. Shared by the cursor and by whoever is fetching from it at the moment: a
 * typecaster may execute on the cursor that called it. */
typedef struct {
    Py_ssize_t refs;
    int reading;          /* a fetch is under way, */
    unsigned long thread; /* in this thread, */
    int waiting;          /* and so many others wait for its end */
    int gone;             /* the rows were let go: they are told of, and cannot be fetched */
    pq_result result;
    int streaming; /* only a stream may read them */
    rowbuf_reader reader;
    rows_plan *plan;   /* of the casters that were registered when the result came */
    rows_ahead *ahead; /* what was made of them already; NULL: nothing */
    rows_shape shape;  /* chosen by the first fetch */
    int shaped;
    cast_ctx ctx;             /* encoding and date style of when the result came */
    PyObject *tzinfo_factory; /* of the fetch that is under way, for `ctx` */
} cur_rows;

typedef struct {
    PyObject_HEAD
    module_state *state;     // borrowed: owned by the module, which the type keeps alive
    connection_object *conn; /* NULL: __init__ did not run */
    int closed;
    int withhold, scrollable; /* scrollable: -1 not said, 0, 1 */
    long arraysize, itersize;
    int64_t rowcount;
    long long last_oid;
    unsigned long mark;     /* conn->mark when the cursor was made or declared */
    int in_many;            /* so many calls are under way of which on_query is told as a whole */
    int declared;           /* a named cursor's DECLARE was sent */
    unsigned long answered; /* so many results there have been, or errors for one */
    cur_rows *rows;         /* NULL: no result */
    bytebuf buffer;         /* where queries are composed, kept from one to the next */
    PyObject *query;        /* bytes or None */
    PyObject *description;  /* made when asked for */
    PyObject *name;         /* str or None */
    PyObject *quoted_name;  /* bytes, quoted as an identifier; NULL: a client-side cursor */
    PyObject *tzinfo_factory, *row_factory, *typecaster;
    PyObject *row_maker; /* None, or called with the cursor for each result: a rows_shape's maker */
    PyObject *string_types, *binary_types; /* dicts or None */
    PyObject *weakrefs;
} cursor_object;

int cur_init(PyObject *module, module_state *state); /* makes the type */

/* cur_exec.c. All -1 or NULL with an exception on failure. */

/* InterfaceError unless the cursor and its connection are open. */
int cur_check_open(cursor_object *self);
/* ProgrammingError where a named cursor cannot do `what` ("callproc"). */
int cur_check_unnamed(cursor_object *self, const char *what);
/* Forget the last result: rows, description, rowcount. */
void cur_reset(cursor_object *self);
/* The same where an exception is set, which stays. */
void cur_reset_for_error(cursor_object *self);
/* Let the rows of the last result go, and nothing of what is told of it. */
void cur_drop_rows(cursor_object *self);
/* Make `result` (taken over, left empty) the cursor's: rows, rowcount, description, statusmessage.
 * So is what was made `ahead` of it (NULL: nothing), if they are of this result. */
int cur_take_result(cursor_object *self, pq_result *result, rows_ahead **ahead);
/* Choose the casters of the rows, where that is not done. 0, or -1 with an exception. */
int cur_rows_plan(cursor_object *self, cur_rows *rows);
/* Compose `operation` with `args` behind what is in `sql`, NUL-terminated; set self->query. */
int cur_compose(cursor_object *self, PyObject *operation, PyObject *args, bytebuf *sql);
/* The cursor's buffer, out of the reach of an adapter that executes on this cursor; and back. */
bytebuf cur_take_buffer(cursor_object *self);
void cur_keep_buffer(cursor_object *self, bytebuf *buffer);
/* Take the session, BEGIN if need be (unless `no_begin`), run `sql` and take its result. */
int cur_run(cursor_object *self, const char *sql, int no_begin);
/* What a method returns when an exception is set: NULL. Error.cursor becomes the cursor. */
PyObject *cur_failed(cursor_object *self);
/* Raise why `query` failed. Always -1. */
int cur_raise_failed_lock_held(cursor_object *self, pq_query *query);
/* Set self->query to what was, or is to be, sent. */
int cur_set_query(cursor_object *self, const char *sql, size_t len);

/* cur_type.c: cursor.description, a new reference. */
PyObject *cur_description(cursor_object *self);

PyObject *cur_execute(cursor_object *self, PyObject *const *args, Py_ssize_t count,
                      PyObject *names);
PyObject *cur_mogrify(cursor_object *self, PyObject *args, PyObject *kwargs);
PyObject *cur_callproc(cursor_object *self, PyObject *args, PyObject *kwargs);

/* cur_executemany.c */
PyObject *cur_executemany(cursor_object *self, PyObject *args, PyObject *kwargs);

/* cur_pages.c: module functions */
extern PyMethodDef cur_module_methods[];

cur_rows *cur_rows_new(void);
void cur_rows_release(cur_rows *self); /* NULL is fine */
/* Free the memory of rows that are not being read; the position stays. */
void cur_rows_drop(cur_rows *rows);
/* Forget what was made ahead of a fetch. */
void cur_rows_drop_ahead(cur_rows *rows);

/* cur_stream.c */
PyObject *cur_stream(cursor_object *self, PyObject *args, PyObject *kwargs);
int cur_stream_init(PyObject *module, module_state *state); /* makes the type of streams */
/* End the stream of this cursor, if there is one. 0, or -1: it is being read. */
int cur_stream_stop(cursor_object *self);

/* cur_fetch.c */

/* Between these, who has a reference to `rows` reads them. The first is 0; or -1 with an exception,
 * and the reference is gone, as after the last. */
int cur_rows_begin(cursor_object *self, cur_rows *rows);
/* The next row; NULL without an exception at the end. */
PyObject *cur_rows_next(cursor_object *self, cur_rows *rows);
void cur_rows_end(cur_rows *rows);
PyObject *cur_fetchone(cursor_object *self, PyObject *unused);
PyObject *cur_fetchmany(cursor_object *self, PyObject *args, PyObject *kwargs);
PyObject *cur_fetchall(cursor_object *self, PyObject *unused);
PyObject *cur_iter(cursor_object *self);
PyObject *cur_iternext(cursor_object *self);
PyObject *cur_scroll(cursor_object *self, PyObject *args, PyObject *kwargs);

/* cur_named.c: server-side cursors */

/* Before execute(): ProgrammingError where a named cursor cannot be executed, closed or not. */
int cur_named_check_execute(cursor_object *self);
/* Append the DECLARE up to the query; ProgrammingError where its transaction is over. */
int cur_named_declare(cursor_object *self, bytebuf *sql);
/* FETCH FORWARD `count`, backwards where negative, or ALL into the cursor's rows. */
int cur_named_fetch(cursor_object *self, Py_ssize_t count, int all);
int cur_named_move(cursor_object *self, long count, int absolute);
int cur_named_close(cursor_object *self);
/* Whether the server still has a cursor that was declared here. */
int cur_named_is_open(const cursor_object *self);

/* cur_copy.c */
PyObject *cur_copy_from(cursor_object *self, PyObject *args, PyObject *kwargs);
PyObject *cur_copy_to(cursor_object *self, PyObject *args, PyObject *kwargs);
PyObject *cur_copy_expert(cursor_object *self, PyObject *args, PyObject *kwargs);
/* cur_records.c */
PyObject *cur_copy_records(cursor_object *self, PyObject *args, PyObject *kwargs);

#define Cursor_Check(state, obj) PyObject_TypeCheck((obj), (PyTypeObject *)(state)->cursor_type)

#endif
