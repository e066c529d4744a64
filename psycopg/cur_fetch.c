/* Fetching: rows of the result, one, some or all; scrolling. */
#include "cur.h"

#include "note.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

/* A fetch that runs into another thread's waits for its end: the collector or a typecaster may let
 * threads run in the middle of a row. That is rare, so all cursors share what is waited with. */
static pthread_mutex_t turn_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_ended = PTHREAD_COND_INITIALIZER;

/* Wait for a while, or until a fetch has ended. The mutex is taken before the GIL is let go, and
 * who ends a fetch has the GIL: its signal cannot come in between. */
static void
wait_for_end(cur_rows *rows)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += PQ_SLICE * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    rows->waiting++;
    pthread_mutex_lock(&turn_mutex);
    Py_BEGIN_ALLOW_THREADS;
    (void)pthread_cond_timedwait(&turn_ended, &turn_mutex, &until);
    pthread_mutex_unlock(&turn_mutex);
    Py_END_ALLOW_THREADS;
    rows->waiting--;
}

/* The cursor's rows once no other thread fetches from them, a new reference; or NULL: there are
 * none, with an exception only where waiting raised one. */
static cur_rows *
take_turn(cursor_object *self)
{
    for (;;) {
        cur_rows *rows = self->rows;
        if (!rows)
            return NULL;
        rows->refs++;
        if (!rows->reading)
            return rows;
        int failed = 0;
        if (rows->thread == PyThread_get_thread_ident()) {
            PyErr_SetString(self->state->ProgrammingError,
                            "the cursor is being fetched from already, by what calls this");
            failed = 1;
        } else {
            wait_for_end(rows);
            failed = PyErr_CheckSignals() < 0;
        }
        cur_rows_release(rows);
        if (failed)
            return NULL;
    }
}

void
cur_rows_end(cur_rows *rows)
{
    PyObject *factory = rows->tzinfo_factory;
    rows->ctx.tzinfo_factory = rows->tzinfo_factory = NULL;
    rows->reading = 0;
    if (rows->waiting) {
        pthread_mutex_lock(&turn_mutex);
        pthread_cond_broadcast(&turn_ended);
        pthread_mutex_unlock(&turn_mutex);
    }
    Py_XDECREF(factory);
    cur_rows_release(rows);
}

static int
is_given(const PyObject *attribute)
{
    return attribute && attribute != Py_None;
}

/* Choose what the rows are made into. */
static int
choose_shape(cursor_object *self, cur_rows *rows)
{
    int answer = 0;
    if (is_given(self->row_maker)) {
        PyObject *maker = Py_NewRef(self->row_maker);
        PyObject *made = PyObject_CallFunctionObjArgs(maker, (PyObject *)self, NULL);
        int ncolumns = rows->result.rows.nfields;
        answer = made ? rows_shape_init(&rows->shape, self->state, made, ncolumns) : -1;
        Py_XDECREF(made);
        Py_DECREF(maker);
    }
    rows->shaped = answer == 0;
    return answer;
}

/* There is nothing to fetch, and nothing to tell of it any more but the server's tag. */
static void
refuse_fetch(cursor_object *self, cur_rows *rows)
{
    self->rowcount = -1;
    if (rows) {
        rows->gone = 1;
        rows->reader = (rowbuf_reader){.buf = &rows->result.rows};
    }
    Py_XSETREF(self->description, Py_NewRef(Py_None));
    PyErr_SetString(self->state->ProgrammingError, "no results to fetch");
    note_add(self->query == Py_None
                 ? "no statement was executed"
                 : "the last statement gave no rows: an INSERT, UPDATE or DELETE "
                   "does with RETURNING");
}

int
cur_rows_begin(cursor_object *self, cur_rows *rows)
{
    /* From here on code of the program's may run, which may use and change the cursor. */
    rows->reading = 1;
    rows->thread = PyThread_get_thread_ident();
    rows->tzinfo_factory = Py_NewRef(self->tzinfo_factory ? self->tzinfo_factory : Py_None);
    rows->ctx.tzinfo_factory = rows->tzinfo_factory;
    if (rows->ahead && rows->ahead->ctx.tzinfo_factory != rows->tzinfo_factory)
        cur_rows_drop_ahead(rows);
    if (rows->shaped || rows->result.kind != PQ_RESULT_TUPLES)
        return 0;
    if (cur_rows_plan(self, rows) == 0 && choose_shape(self, rows) == 0)
        return 0;
    cur_rows_end(rows);
    return -1;
}

static int
check_no_stream(cursor_object *self)
{
    if (!self->rows || !self->rows->streaming)
        return 0;
    PyErr_SetString(self->state->ProgrammingError,
                    "the rows of a stream come from what stream() returned");
    return -1;
}

/* The rows to read from, held for the length of one fetch: cur_rows_end() lets go. NULL with an
 * exception. */
static cur_rows *
begin_reading(cursor_object *self)
{
    if (check_no_stream(self) < 0)
        return NULL;
    cur_rows *rows = take_turn(self);
    if (!rows && PyErr_Occurred())
        return NULL;
    if (!rows || rows->gone ||
        (rows->result.kind != PQ_RESULT_TUPLES && rows->result.kind != PQ_RESULT_COPY)) {
        refuse_fetch(self, rows);
        cur_rows_release(rows);
        return NULL;
    }
    return cur_rows_begin(self, rows) < 0 ? NULL : rows;
}

/* The next piece of COPY data, as str. */
static PyObject *
next_line(cur_rows *rows)
{
    const char *at = rows_peek(&rows->ctx, &rows->reader);
    int32_t len;
    if (!at)
        return NULL;
    const char *bytes = rowbuf_get_value(at, &len);
    rowbuf_reader_advance(&rows->reader, rowbuf_next(bytes, len));
    return text_decode(&rows->ctx.codec, rows->ctx.state, bytes, len);
}

/* The next row through cursor.row_factory. */
static PyObject *
next_made(cursor_object *self, cur_rows *rows)
{
    if (!rows_peek(&rows->ctx, &rows->reader))
        return NULL;
    PyObject *factory = Py_NewRef(self->row_factory);
    PyObject *row = PyObject_CallFunctionObjArgs(factory, (PyObject *)self, NULL);
    Py_DECREF(factory);
    if (!row) /* the row is passed all the same, as one whose value cannot be read */
        rowbuf_reader_skip(&rows->reader, rows->result.rows.nfields);
    if (row && rows_next_into(&rows->ctx, rows->plan, &rows->reader, row) < 0)
        Py_CLEAR(row);
    return row;
}

/* The next row, perhaps one that was made ahead. */
static PyObject *
next_tuple(cur_rows *rows)
{
    PyObject *row = rows_ahead_next(rows->ahead, &rows->reader);
    return row ? row : rows_next_tuple(&rows->ctx, rows->plan, &rows->reader);
}

PyObject *
cur_rows_next(cursor_object *self, cur_rows *rows)
{
    if (rows->result.kind == PQ_RESULT_COPY)
        return next_line(rows);
    if (is_given(self->row_factory))
        return next_made(self, rows);
    return rows_shape_apply(&rows->shape, (PyObject *)self, next_tuple(rows));
}

/* Up to `max` rows (-1: all) that are no plain tuples, in a list. */
static PyObject *
list_rows(cursor_object *self, cur_rows *rows, Py_ssize_t max)
{
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list && (max < 0 || i < max); i++) {
        PyObject *row = cur_rows_next(self, rows);
        if (!row && !PyErr_Occurred())
            return list;
        if (!row || PyList_Append(list, row) < 0)
            Py_CLEAR(list);
        Py_XDECREF(row);
    }
    return list;
}

/* Up to `max` rows (-1: all) as a list. */
static PyObject *
read_list(cursor_object *self, Py_ssize_t max)
{
    cur_rows *rows = begin_reading(self);
    if (!rows)
        return NULL;
    int in_c = rows->result.kind == PQ_RESULT_TUPLES && !is_given(self->row_factory);
    /* While only C makes the values nothing becomes garbage, and the cyclic collector would but
     * walk over the growing list again and again: it has to wait. */
    int paused = in_c && rows_shape_is_c(&rows->shape) && !rows->plan->python && compat_gc_pause();
    PyObject *list = in_c && rows_shape_is_tuple(&rows->shape)
                         ? rows_ahead_list(rows->ahead, &rows->ctx, rows->plan, &rows->reader, max)
                         : list_rows(self, rows, max);
    if (paused)
        compat_gc_resume();
    cur_rows_end(rows);
    return list;
}

static PyObject *
read_one(cursor_object *self)
{
    cur_rows *rows = begin_reading(self);
    if (!rows)
        return NULL;
    PyObject *row = cur_rows_next(self, rows);
    cur_rows_end(rows);
    return row;
}

PyObject *
cur_fetchone(cursor_object *self, PyObject *Py_UNUSED(unused))
{
    if (cur_check_open(self) < 0 || (self->quoted_name && cur_named_fetch(self, 1, 0) < 0))
        return NULL;
    PyObject *row = read_one(self);
    if (!row && !PyErr_Occurred())
        Py_RETURN_NONE;
    return row;
}

PyObject *
cur_fetchmany(cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"size", NULL};
    PyObject *given = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O", names, &given))
        return NULL;
    Py_ssize_t size =
        given == Py_None ? self->arraysize : PyNumber_AsSsize_t(given, PyExc_OverflowError);
    if ((size == -1 && PyErr_Occurred()) || cur_check_open(self) < 0)
        return NULL;
    if (self->quoted_name && cur_named_fetch(self, size, 0) < 0)
        return NULL;
    return read_list(self, size);
}

PyObject *
cur_fetchall(cursor_object *self, PyObject *Py_UNUSED(unused))
{
    if (cur_check_open(self) < 0 || (self->quoted_name && cur_named_fetch(self, 0, 1) < 0))
        return NULL;
    return read_list(self, -1);
}

PyObject *
cur_iter(cursor_object *self)
{
    return cur_check_open(self) < 0 ? NULL : Py_NewRef((PyObject *)self);
}

PyObject *
cur_iternext(cursor_object *self)
{
    if (cur_check_open(self) < 0)
        return NULL;
    if (self->quoted_name && (!self->rows || !rowbuf_reader_peek(&self->rows->reader)) &&
        cur_named_fetch(self, self->itersize, 0) < 0)
        return NULL;
    return read_one(self);
}

static int
scroll_rows(cursor_object *self, long value, int absolute)
{
    if (check_no_stream(self) < 0)
        return -1;
    cur_rows *rows = take_turn(self);
    if (!rows && PyErr_Occurred())
        return -1;
    /* Where there are no rows, rowcount alone tells how many there would be. */
    int there = rows && !rows->gone && rows->result.kind != PQ_RESULT_COMMAND;
    int64_t nrows = there ? rows->result.rows.nrows : rows ? self->rowcount : 0;
    int64_t row = rows && !absolute ? rows->reader.row : 0;
    int good = value >= -row && value < nrows - row;
    if (!good)
        PyErr_SetString(self->state->ProgrammingError, "scroll destination out of bounds");
    else if (!there)
        rows->reader.row = row + value;
    else if (rowbuf_reader_seek(&rows->reader, row + value) < 0) {
        good = 0;
        rows_raise(&rows->ctx, &rows->reader);
    }
    cur_rows_release(rows);
    return good ? 0 : -1;
}

PyObject *
cur_scroll(cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"value", "mode", NULL};
    long value;
    const char *mode = "relative";
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "l|s", names, &value, &mode) ||
        cur_check_open(self) < 0)
        return cur_failed(self);
    int absolute = strcmp(mode, "absolute") == 0;
    if (!absolute && strcmp(mode, "relative") != 0) {
        PyErr_SetString(self->state->ProgrammingError,
                        "scroll mode must be 'relative' or 'absolute'");
        return cur_failed(self);
    }
    if ((self->quoted_name ? cur_named_move(self, value, absolute)
                           : scroll_rows(self, value, absolute)) < 0)
        return cur_failed(self);
    Py_RETURN_NONE;
}
