#include "rows_ahead.h"

#include <string.h>

/* Roughly the bytes of objects that are made ahead, at most: so much more a program may hold that
 * goes through a large result row by row. What is made of far more is out of every cache when it is
 * fetched, and costs more processor time than it saves. */
static const size_t MOST = (size_t)32 << 20;

/* Whether rows of this plan can be made unseen. */
static int
is_quiet(const rows_plan *plan, const cast_ctx *ctx)
{
#if PY_VERSION_HEX < 0x030a0000
    /* The cyclic collector cannot be paused, and may run anything. */
    (void)plan, (void)ctx;
    return 0;
#else
    PyObject *usual = cast_default_tzinfo_factory(ctx->state);
    int is_usual = ctx->tzinfo_factory == usual || ctx->tzinfo_factory == Py_None;
    Py_XDECREF(usual);
    return !plan->python && ctx->codec.kind == TEXT_UTF8 && is_usual;
#endif
}

rows_ahead *
rows_ahead_new(void)
{
    return PyMem_Calloc(1, sizeof(rows_ahead));
}

static void
free_room(rows_ahead *self)
{
    if (self->in_page)
        rowbuf_page_free(self->rows);
    else
        PyMem_Free(self->rows);
}

static void
clear(rows_ahead *self)
{
    rows_plan_free(self->plan);
    for (int64_t i = 0; i < self->count; i++)
        Py_XDECREF(self->rows[i].tuple);
    free_room(self);
    *self = (rows_ahead){0};
}

void
rows_ahead_free(rows_ahead *self)
{
    if (self)
        clear(self);
    PyMem_Free(self);
}

static int
begin(rows_ahead *self, const cast_ctx *ctx, rowbuf *buf, PyObject *cursor_types,
      PyObject *conn_types)
{
    clear(self);
    rowbuf_reader_init(&self->reader, buf);
    self->dropped = buf->dropped;
    self->ctx = *ctx;
    self->plan = rows_plan_new(ctx, buf, cursor_types, conn_types);
    self->ended = !self->plan || !is_quiet(self->plan, ctx);
    return self->plan ? 0 : -1;
}

/* Move what is there to new room. */
static void
move(rows_ahead *self, row_ahead *rows, int in_page)
{
    if (self->count)
        memcpy(rows, self->rows, (size_t)self->count * sizeof *rows);
    free_room(self);
    self->rows = rows;
    self->in_page = in_page;
}

/* Room for `n` more: 0 or -1, without an exception. */
static int
make_room(rows_ahead *self, int64_t n)
{
    const int64_t page_room = (int64_t)(ROWBUF_PAGE / sizeof *self->rows);
    int64_t room = self->room ? self->room : 1024;
    while (room < self->count + n)
        room *= 2;
    if (room == self->room)
        return 0;
    size_t size = (size_t)room * sizeof *self->rows;
    row_ahead *page = NULL;
    if (size >= ROWBUF_WORTH_A_PAGE && size <= ROWBUF_PAGE)
        page = rowbuf_page_take();
    if (page) {
        move(self, page, 1);
        room = page_room;
    } else {
        row_ahead *old = self->in_page ? NULL : self->rows;
        row_ahead *rows = PyMem_Realloc(old, size);
        if (!rows)
            return -1;
        if (self->in_page)
            move(self, rows, 0);
        self->rows = rows;
    }
    self->room = room;
    return 0;
}

/* Make `n` rows. 0 or -1, with an exception. */
static int
make_rows(rows_ahead *self, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        PyObject *tuple = rows_next_tuple(&self->ctx, self->plan, &self->reader);
        if (!tuple)
            return -1;
        self->rows[self->count++] = (row_ahead){tuple, self->reader.offset};
    }
    return 0;
}

/* What could not be done is left for the fetch, which tells. */
static int
give_up(rows_ahead *self)
{
    self->ended = 1;
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyErr_Clear();
    return 0;
}

int
rows_ahead_make(rows_ahead *self, const cast_ctx *ctx, rowbuf *buf, PyObject *cursor_types,
                PyObject *conn_types)
{
    int is_new = self->reader.buf != buf || self->dropped != buf->dropped;
    if (is_new && begin(self, ctx, buf, cursor_types, conn_types) < 0)
        return give_up(self);
    int64_t n = rows_left(&self->reader, -1);
    if (self->ended || !n)
        return 0;
    size_t row_size = rows_memory(buf);
    /* What is given back is read again from a file. */
    if (self->memory + row_size * (size_t)n > MOST || buf->size > ROWBUF_LARGE / 2 ||
        make_room(self, n) < 0) {
        self->ended = 1;
        return 0;
    }
    self->memory += row_size * (size_t)n;
    int paused = compat_gc_pause();
    int answer = make_rows(self, n);
    if (paused)
        compat_gc_resume();
    return answer < 0 ? give_up(self) : 0;
}

int
rows_ahead_hold(const rows_ahead *self, const cast_ctx *ctx, const rowbuf *buf)
{
    const cast_ctx *was = &self->ctx;
    return self->plan && self->dropped == buf->dropped && ctx->codec.kind == was->codec.kind &&
           ctx->date_style == was->date_style && ctx->date_order == was->date_order;
}

PyObject *
rows_ahead_next(rows_ahead *self, rowbuf_reader *reader)
{
    if (!self || reader->row >= self->count || !rowbuf_reader_peek(reader))
        return NULL;
    row_ahead *row = &self->rows[reader->row];
    PyObject *tuple = row->tuple;
    row->tuple = NULL;
    if (tuple)
        rowbuf_reader_advance(reader, reader->block->data + row->end);
    return tuple;
}

/* The list has its full length from the beginning. Until it is filled the collector, and who asks
 * it for all its objects, do not see it. */
PyObject *
rows_ahead_list(rows_ahead *self, const cast_ctx *ctx, rows_plan *plan, rowbuf_reader *reader,
                Py_ssize_t max)
{
    Py_ssize_t n = rows_left(reader, max), at = 0;
    PyObject *row, *list = PyList_New(n);
    if (!list)
        return NULL;
    PyObject_GC_UnTrack(list);
    while (at < n && (row = rows_ahead_next(self, reader)))
        PyList_SET_ITEM(list, at++, row);
    if (rows_fill(ctx, plan, reader, list, at) < 0) {
        Py_DECREF(list);
        return NULL;
    }
    PyObject_GC_Track(list);
    return list;
}
