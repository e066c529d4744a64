/* COPY for cursors: what cur_copy.c and cur_copy_run.c share. L4. */
#ifndef PSYCOPG_CUR_COPY_H
#define PSYCOPG_CUR_COPY_H

#include "cur.h"

/* Who is told how far a COPY has come. */
typedef struct {
    PyObject *function;  // borrowed; NULL: nobody
    int totals; /* it takes bytes and rows so far; else the bytes since it was called last */
    int64_t bytes, rows; /* so far; rows: lines of a file, -1 in binary format */
    int64_t told;
} copy_progress;

/* A COPY on its way. Who runs one makes a struct that begins with this. */
typedef struct copy_job copy_job;
struct copy_job {
    cursor_object *cur;       // borrowed
    connection_object *conn;  // borrowed
    PyObject *sql;            // borrowed: bytes
    /* These are called with the session held. The first, which may be NULL, before the transaction
     * that is due is begun, unless it does that itself: 0, or -1 with an exception. The others move
     * the data. 0: it has ended, for good or bad, go on with the query; -1: an exception, and the
     * query has been ended. */
    int (*prepare)(copy_job *job);
    int (*copy_in)(copy_job *job);
    int (*copy_out)(copy_job *job);
    copy_progress progress;
    pq_query query;
    pq_result result; /* not the cursor's: a callback may come across that */
};

/* Run the COPY. None, or NULL with an exception; the connection is usable afterwards, unless it is
 * lost. */
PyObject *copy_run(copy_job *job);

/* For copy_in(): send some data. 0; -1 with an exception; 1: the connection does not take it,
 * copy_end_in() and the next step of the query tell why. */
int copy_send(copy_job *job, pq_copy_in *in, const char *bytes, size_t len);
/* All was sent, or copy_send() said 1: 0, go on with the query; -1 with an exception. */
int copy_end_in(copy_job *job, const pq_copy_in *in);
/* -1 with an exception when the session is gone, under the hands of code of the program's: closed,
 * or this is a child it forked. */
int copy_check_session(const copy_job *job);

/* cur_copy_progress.c: take what was given as progress=, NULL or None included. 0, or -1 with
 * TypeError. */
int copy_progress_init(copy_progress *self, PyObject *function);
/* Some of a file's data went by. */
void copy_progress_count(copy_job *job, const char *bytes, size_t len);
/* Tell it what has come since. 0, or -1 with an exception: the COPY is to be given up. */
int copy_progress_tell(copy_job *job);

/* Append `name` (str or bytes) as a quoted identifier; append the names of `columns`, an iterable
 * or None, in parentheses. 0 or -1. */
int copy_add_identifier(cursor_object *self, PyObject *name, bytebuf *out);
int copy_add_columns(cursor_object *self, PyObject *columns, bytebuf *out);
/* -1 with an exception unless the cursor can run a COPY now; `what` is the method's name. */
int copy_check_usable(cursor_object *self, const char *what);

/* cur_copy_columns.c: the types of the columns that a COPY FROM fills. */
typedef struct {
    Py_ssize_t count; /* 0: nothing is known, the COPY itself will tell what is wrong */
    uint32_t *oids;   /* PyMem_Free() it; of a domain that of its base type, of an enum text's */
} copy_columns;

/* `table` is its name as an SQL identifier (bytes), `columns` a tuple of names or None. 0, or -1
 * with an exception. */
int copy_ask_columns_lock_held(cursor_object *cur, PyObject *table, PyObject *columns,
                               copy_columns *self);

/* Run the statement `sql` (bytes) and move its data from or to `file`, reading `size` at a time.
 * `progress` may be NULL. None, or NULL with an exception; the connection is usable afterwards,
 * unless it is lost. */
PyObject *cur_copy_run(cursor_object *self, PyObject *sql, PyObject *file, Py_ssize_t size,
                       PyObject *progress);

#endif
