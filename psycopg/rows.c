#include "rows.h"

#include "cast_impl.h"
#include "oids.h"

#include <errno.h>
#include <string.h>

/* Choose the decoders. 0 or -1. */
static int
choose_columns(rows_plan *plan, const cast_ctx *ctx, const rowbuf *buf, PyObject *cursor_types,
               PyObject *conn_types)
{
    for (; plan->ncolumns < buf->nfields; plan->ncolumns++) {
        const rowbuf_field *field = &buf->fields[plan->ncolumns];
        cast_column *column = &plan->columns[plan->ncolumns];
        int binary = field->format == 1;
        if (cast_column_init(column, ctx, field->type_oid, binary, binary ? NULL : cursor_types,
                             binary ? NULL : conn_types) < 0)
            return -1;
        plan->plain &= column->plain;
        plan->python |= column->python;
    }
    return 0;
}

rows_plan *
rows_plan_new(const cast_ctx *ctx, const rowbuf *buf, PyObject *cursor_types, PyObject *conn_types)
{
    size_t n = (size_t)buf->nfields;
    rows_plan *plan = PyMem_Calloc(1, sizeof *plan + n * sizeof *plan->columns);
    if (!plan) {
        PyErr_NoMemory();
        return NULL;
    }
    plan->plain = 1;
    Py_XINCREF(cursor_types); /* the attributes that these are may be set meanwhile */
    Py_XINCREF(conn_types);
    if (choose_columns(plan, ctx, buf, cursor_types, conn_types) < 0) {
        rows_plan_free(plan);
        plan = NULL;
    }
    Py_XDECREF(cursor_types);
    Py_XDECREF(conn_types);
    return plan;
}

void
rows_plan_free(rows_plan *plan)
{
    if (!plan)
        return;
    for (int i = 0; i < plan->ncolumns; i++)
        cast_column_clear(&plan->columns[i]);
    PyMem_Free(plan);
}

int
rows_plan_traverse(const rows_plan *plan, visitproc visit, void *arg)
{
    for (int i = 0; plan && i < plan->ncolumns; i++) {
        Py_VISIT(plan->columns[i].caster);
        Py_VISIT(plan->columns[i].last);
    }
    return 0;
}

/* The value at *at, and step over it. */
static inline PyObject *
next_value(const cast_ctx *ctx, cast_column *column, const char **at)
{
    int32_t len;
    const char *value = rowbuf_get_value(*at, &len);
    *at = rowbuf_next(value, len);
    if (len >= 0)
        return cast_call(ctx, column, value, len);
    return column->has_null ? cast_null(ctx, column) : Py_NewRef(Py_None);
}

/* The row at *at as a tuple, and step over it. While it is being filled the collector does not see
 * it, nor later when its values are plain. */
static PyObject *
decode_tuple(const cast_ctx *ctx, rows_plan *plan, const char **at)
{
    PyObject *row = PyTuple_New(plan->ncolumns);
    if (!row || !plan->ncolumns)
        return row;
    PyObject_GC_UnTrack(row);
    for (int i = 0; i < plan->ncolumns; i++) {
        PyObject *value = next_value(ctx, &plan->columns[i], at);
        if (!value) {
            Py_DECREF(row);
            return NULL;
        }
        PyTuple_SET_ITEM(row, i, value);
    }
    if (!plan->plain)
        PyObject_GC_Track(row);
    return row;
}

const char *
rows_peek(const cast_ctx *ctx, rowbuf_reader *reader)
{
    const char *at = rowbuf_reader_peek(reader);
    if (!at && reader->error)
        rows_raise(ctx, reader);
    return at;
}

void
rows_raise(const cast_ctx *ctx, const rowbuf_reader *reader)
{
    if (reader->error == ENOMEM)
        PyErr_NoMemory();
    else
        PyErr_Format(ctx->state->OperationalError,
                     "can't read rows of a large result back from the temporary file: %s",
                     strerror(reader->error));
}

/* Where a reader stands. */
typedef struct {
    const rowbuf_block *block;
    int64_t row;      /* of the block */
    const char *data; /* of the row; NULL: there is none, or an exception */
} row_place;

static inline row_place
place_of(const cast_ctx *ctx, rowbuf_reader *reader)
{
    const char *data = rows_peek(ctx, reader);
    return (row_place){reader->block, reader->block_row, data};
}

/* Step over the row at `place`, whose values end at `end`, or, after an error (NULL), wherever they
 * do. 0, or -1 with an exception: the old one, or that somebody else has moved the reader since. */
static inline int
advance(const cast_ctx *ctx, const rows_plan *plan, rowbuf_reader *reader, const row_place *place,
        const char *end)
{
    int failed = !end;
    if (reader->block != place->block || reader->block_row != place->row) {
        if (!failed)
            PyErr_SetString(
                ctx->state->ProgrammingError,
                "the cursor was fetched from while a typecaster was reading one of its rows");
        return -1;
    }
    if (failed) {
        end = place->data;
        for (int i = 0; i < plan->ncolumns; i++) {
            int32_t len;
            const char *value = rowbuf_get_value(end, &len);
            end = rowbuf_next(value, len);
        }
    }
    rowbuf_reader_advance(reader, end);
    return failed ? -1 : 0;
}

/* The next row as a tuple, inlined where many are read. */
static inline PyObject *
next_tuple(const cast_ctx *ctx, rows_plan *plan, rowbuf_reader *reader)
{
    row_place place = place_of(ctx, reader);
    const char *at = place.data;
    if (!at)
        return NULL;
    PyObject *row = decode_tuple(ctx, plan, &at);
    if (advance(ctx, plan, reader, &place, row ? at : NULL) < 0)
        Py_CLEAR(row);
    return row;
}

PyObject *
rows_next_tuple(const cast_ctx *ctx, rows_plan *plan, rowbuf_reader *reader)
{
    return next_tuple(ctx, plan, reader);
}

static int
set_item(PyObject *row, int index, PyObject *value)
{
    PyObject *key = value ? PyLong_FromLong(index) : NULL;
    int result = key ? PyObject_SetItem(row, key, value) : -1;
    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

int
rows_next_into(const cast_ctx *ctx, rows_plan *plan, rowbuf_reader *reader, PyObject *row)
{
    row_place place = place_of(ctx, reader);
    const char *at = place.data;
    if (!at)
        return PyErr_Occurred() ? -1 : 0;
    int failed = 0;
    for (int i = 0; i < plan->ncolumns && !failed; i++)
        failed = set_item(row, i, next_value(ctx, &plan->columns[i], &at)) < 0;
    return advance(ctx, plan, reader, &place, failed ? NULL : at) < 0 ? -1 : 1;
}

static int
is_json(const rowbuf_field *field)
{
    return field->type_oid == OID_JSON || field->type_oid == OID_JSONB;
}

/* The objects of a document are many times its text, or hardly more than it: how many marks there
 * are between them tells. */
static size_t
document_memory(const char *p, int32_t len)
{
    enum { DICT = 128, LIST = 64, ITEM = 24, MOST = 1024 };
    int32_t seen = len < MOST ? len : MOST;
    size_t size = 0;
    for (int32_t i = 0; i < seen; i++) {
        if (p[i] == ',' || p[i] == ':')
            size += ITEM;
        else if (p[i] == '{' || p[i] == '[')
            size += p[i] == '{' ? DICT : LIST;
    }
    return seen > 0 ? size * (size_t)len / (size_t)seen : 0;
}

/* What the documents in a row become, beyond their text: as in the first rows. */
static size_t
documents_memory(const rowbuf *buf)
{
    enum { ENOUGH = 1024 }; /* bytes of rows */
    const rowbuf_block *block = buf->first;
    const char *at = block ? block->data : NULL;
    size_t size = 0;
    int64_t nrows = 0;
    for (const char *start = at; at && nrows < block->nrows && at - start < ENOUGH; nrows++) {
        for (int i = 0; i < buf->nfields; i++) {
            int32_t len;
            const char *value = rowbuf_get_value(at, &len);
            if (is_json(&buf->fields[i]))
                size += document_memory(value, len);
            at = rowbuf_next(value, len);
        }
    }
    return nrows ? size / (size_t)nrows : 0;
}

size_t
rows_memory(const rowbuf *buf)
{
    enum { ROW = 96, VALUE = 48 };
    size_t row = ROW + VALUE * (size_t)buf->nfields;
    if (buf->nrows)
        row += (size_t)(buf->size / buf->nrows); /* its text */
    for (int i = 0; i < buf->nfields; i++)
        if (is_json(&buf->fields[i]))
            return row + documents_memory(buf);
    return row;
}

Py_ssize_t
rows_left(const rowbuf_reader *reader, Py_ssize_t max)
{
    int64_t left = reader->buf->nrows - reader->row;
    if (left < 0) /* the rows were dropped under it */
        left = 0;
    return max < 0 || left < max ? (Py_ssize_t)left : max;
}

int
rows_fill(const cast_ctx *ctx, rows_plan *plan, rowbuf_reader *reader, PyObject *list,
          Py_ssize_t at)
{
    for (Py_ssize_t n = PyList_GET_SIZE(list); at < n; at++) {
        PyObject *row = next_tuple(ctx, plan, reader);
        if (!row)
            return -1;
        PyList_SET_ITEM(list, at, row);
    }
    return 0;
}
