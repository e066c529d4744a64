#include "compose_many.h"

#include "adapt_impl.h"

#include <stdio.h>

/* The protocol counts parameters in 16 bits. */
enum { MOST_PARAMS = 65535 };

static int
is_typed(const compose_scan *scan)
{
    for (size_t i = 0; i < scan->count; i++) {
        /* positional and named ones do not mix, which composing tells */
        if (!scan->holes[i].typed || (scan->holes[i].name != 0) != (scan->holes[0].name != 0))
            return 0;
    }
    return scan->one && !scan->declares && scan->count && scan->count <= MOST_PARAMS;
}

/* Append what stands between two placeholders, with %% made %. */
static int
put_between(bytebuf *out, const char *text, size_t len)
{
    while (len) {
        const char *percent = memchr(text, '%', len);
        size_t piece = percent ? (size_t)(percent - text) + 1 : len;
        if (adapt_put(out, text, piece) < 0)
            return -1;
        piece += percent != NULL;
        text += piece;
        len -= piece;
    }
    return 0;
}

/* Append the statement, with what `put` writes in place of its placeholders. */
static int
put_statement(const compose_template *self, bytebuf *out,
              int (*put)(void *arg, size_t i, bytebuf *out), void *arg)
{
    const char *query = PyBytes_AS_STRING(self->query);
    size_t pos = 0, len = (size_t)PyBytes_GET_SIZE(self->query);
    for (size_t i = 0; i < self->scan.count; i++) {
        const compose_hole *hole = &self->scan.holes[i];
        if (put_between(out, query + pos, hole->at - pos) < 0 || put(arg, i, out) < 0)
            return -1;
        pos = hole->end;
    }
    return put_between(out, query + pos, len - pos);
}

static int
put_number(void *Py_UNUSED(arg), size_t i, bytebuf *out)
{
    char text[16];
    int len = snprintf(text, sizeof text, "$%d", (int)i + 1);
    return adapt_put(out, text, (size_t)len);
}

static int
take_names(compose_template *self, const adapt_ctx *ctx)
{
    const char *query = PyBytes_AS_STRING(self->query);
    self->names = PyTuple_New((Py_ssize_t)self->scan.count);
    if (!self->names)
        return -1;
    for (size_t i = 0; i < self->scan.count; i++) {
        const compose_hole *hole = &self->scan.holes[i];
        PyObject *name =
            text_decode(&ctx->codec, ctx->state, query + hole->name, (Py_ssize_t)hole->name_len);
        if (!name)
            return -1;
        PyUnicode_InternInPlace(&name);
        PyTuple_SET_ITEM(self->names, (Py_ssize_t)i, name);
    }
    return 0;
}

int
compose_template_init(compose_template *self, const adapt_ctx *ctx, PyObject *query)
{
    memset(self, 0, sizeof *self);
    self->query = Py_NewRef(query);
    self->plain = !ctx->codec.unsafe_trail && ctx->codec.keeps_ascii;
    if (!self->plain)
        return 0;
    const char *sql = PyBytes_AS_STRING(query);
    if (compose_scan_sql(sql, (size_t)PyBytes_GET_SIZE(query), 1, &self->scan) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (!is_typed(&self->scan))
        return 0;
    if (self->scan.holes[0].name && take_names(self, ctx) < 0) {
        if (PyErr_ExceptionMatches(PyExc_MemoryError))
            return -1;
        PyErr_Clear();  // composing tells
        return 0;
    }
    if (put_statement(self, &self->sql, put_number, NULL) < 0 || adapt_put(&self->sql, "", 1) < 0)
        return -1;
    self->column = PyMem_Calloc(self->scan.count, 1);
    if (!self->column) {
        PyErr_NoMemory();
        return -1;
    }
    self->typed = 1;
    return 0;
}

void
compose_template_clear(compose_template *self)
{
    Py_CLEAR(self->query);
    Py_CLEAR(self->names);
    compose_scan_clear(&self->scan);
    bytebuf_free(&self->sql);
    PyMem_Free(self->column);
    self->column = NULL;
    self->plain = self->typed = 0;
}

int
compose_params_init(compose_params *self, const compose_template *of)
{
    size_t n = of->scan.count;
    memset(self, 0, sizeof *self);
    self->count = (int)n;
    self->values = PyMem_New(const char *, n);
    self->lengths = PyMem_New(int, n);
    self->formats = PyMem_New(int, n);
    if (self->values && self->lengths && self->formats)
        return 0;
    PyErr_NoMemory();
    return -1;
}

void
compose_params_clear(compose_params *self)
{
    bytebuf_free(&self->data);
    PyMem_Free(self->params);
    PyMem_Free((void *)self->values);
    PyMem_Free(self->lengths);
    PyMem_Free(self->formats);
}

static int
grow_rows(compose_params *self)
{
    size_t room = self->room ? 2 * self->room : 1;
    adapt_param *params = self->params;
    if (room > PY_SSIZE_T_MAX / sizeof *params / (size_t)self->count)
        params = NULL;
    else
        PyMem_Resize(params, adapt_param, room * (size_t)self->count);
    if (!params) {
        PyErr_NoMemory();
        return -1;
    }
    self->params = params;
    self->room = room;
    return 0;
}

/* The server tells what type it takes a value of SET for. */
static adapt_target
target_of(const compose_template *self, int i)
{
    if (self->column[i] == COLUMN_FLOAT8)
        return ADAPT_TO_FLOAT8;
    return self->scan.holes[i].set ? ADAPT_TO_ANY : ADAPT_TO_OWN;
}

int
compose_params_add(compose_params *self, const compose_template *of, const adapt_ctx *ctx,
                   PyObject *values)
{
    if (self->rows == self->room && grow_rows(self) < 0)
        return -1;
    adapt_param *params = self->params + self->rows * (size_t)self->count;
    for (int i = 0; i < self->count; i++) {
        PyObject *value = PyTuple_GET_ITEM(values, i);
        int rc = adapt_value_param(ctx, value, target_of(of, i), &self->data, &params[i]);
        if (rc <= 0)
            return rc;
        if (of->recoded && PyUnicode_CheckExact(value) && !PyUnicode_IS_ASCII(value))
            return 0;
        if ((params[i].null && of->scan.holes[i].no_null) || params[i].len > INT_MAX)
            return 0;
    }
    self->rows++;
    return 1;
}

size_t
compose_params_take(compose_params *self, size_t row)
{
    const adapt_param *params = self->params + row * (size_t)self->count;
    size_t bytes = 0;
    for (int i = 0; i < self->count; i++) {
        const adapt_param *param = &params[i];
        self->values[i] = param->null ? NULL : self->data.data ? self->data.data + param->at : "";
        self->lengths[i] = (int)param->len;
        self->formats[i] = !param->text;
        bytes += 4 + param->len;
    }
    return bytes;
}

static PyObject *
named_values(const compose_template *self, PyObject *row, Py_ssize_t n)
{
    PyObject *values = PyTuple_New(n);
    for (Py_ssize_t i = 0; values && i < n; i++) {
        PyObject *value;
        if (PyDict_GetItemRef(row, PyTuple_GET_ITEM(self->names, i), &value) == 1)
            PyTuple_SET_ITEM(values, i, value);
        else
            Py_CLEAR(values);
    }
    return values;
}

PyObject *
compose_row_values(const compose_template *self, PyObject *row, Py_ssize_t n)
{
    PyObject *values = NULL;
    if (self->names)
        values = PyDict_CheckExact(row) ? named_values(self, row, n) : NULL;
    else if (PyTuple_CheckExact(row) && PyTuple_GET_SIZE(row) == n)
        values = Py_NewRef(row);
    else if (PyList_CheckExact(row) && PyList_GET_SIZE(row) == n)
        values = PyList_AsTuple(row);
    if (!values && PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_MemoryError))
        PyErr_Clear();  // a key's own comparison raised; composing tells
    return values;
}

typedef struct {
    const adapt_ctx *ctx;
    PyObject *values;
} row_values;

static int
put_value(void *arg, size_t i, bytebuf *out)
{
    row_values *row = arg;
    return adapt_value(row->ctx, PyTuple_GET_ITEM(row->values, (Py_ssize_t)i), out);
}

int
compose_row(const compose_template *self, const adapt_ctx *ctx, PyObject *values, bytebuf *out)
{
    return put_statement(self, out, put_value, &(row_values){ctx, values});
}
