/* What all adapter objects do alike. */
#include "adapt_impl.h"

PyObject *
adapt_box_new(PyTypeObject *type, adapt_writer write)
{
    module_state *state = state_of_type(type);
    if (!state)
        return NULL;
    adapt_box *self = (adapt_box *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->state = state;
    self->write = write;
    return (PyObject *)self;
}

static int
set_wrapped(adapt_box *self, PyObject *wrapped)
{
    Py_XSETREF(self->wrapped, Py_NewRef(wrapped));
    Py_CLEAR(self->buffer);
    return 0;
}

int
adapt_box_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    adapt_box *self = (adapt_box *)op;
    const char *name = strrchr(Py_TYPE(op)->tp_name, '.');
    name = name ? name + 1 : Py_TYPE(op)->tp_name;
    if (kwargs && PyDict_GET_SIZE(kwargs)) {
        PyErr_Format(PyExc_TypeError, "%s() takes no keyword arguments", name);
        return -1;
    }
    PyObject *wrapped;
    return PyArg_UnpackTuple(args, name, 1, 1, &wrapped) ? set_wrapped(self, wrapped) : -1;
}

int
adapt_box_init_named(PyObject *op, PyObject *args, PyObject *kwargs, const char *parameter)
{
    char *names[] = {(char *)parameter, NULL};
    PyObject *wrapped;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O", names, &wrapped))
        return -1;
    return set_wrapped((adapt_box *)op, wrapped);
}

int
adapt_box_traverse(PyObject *op, visitproc visit, void *arg)
{
    adapt_box *self = (adapt_box *)op;
    Py_VISIT(Py_TYPE(op));
    Py_VISIT(self->wrapped);
    Py_VISIT(self->conn);
    Py_VISIT(self->buffer);
    return 0;
}

int
adapt_box_clear(PyObject *op)
{
    adapt_box *self = (adapt_box *)op;
    Py_CLEAR(self->wrapped);
    Py_CLEAR(self->conn);
    Py_CLEAR(self->buffer);
    return 0;
}

void
adapt_box_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    adapt_box_clear(op);
    type->tp_free(op);
    Py_DECREF(type);
}

int
adapt_box_check(adapt_box *self)
{
    if (self->wrapped)
        return 0;
    PyErr_Format(self->state->InterfaceError, "%.200s: super().__init__() was not called",
                 Py_TYPE(self)->tp_name);
    return -1;
}

int
adapt_box_ctx(adapt_box *self, adapt_ctx *ctx)
{
    if (self->conn)
        return self->state->adapt_ctx_from_conn(self->state, self->conn, ctx);
    adapt_ctx_default(ctx, self->state);
    return 0;
}

int
adapt_box_write(adapt_box *self, const adapt_ctx *ctx, bytebuf *out)
{
    if (adapt_box_check(self) < 0)
        return -1;
    PyObject *wrapped = Py_NewRef(self->wrapped);
    int rc = self->write(ctx, wrapped, out);
    Py_DECREF(wrapped);
    return rc;
}

PyObject *
adapt_box_quote(adapt_box *self, const adapt_ctx *ctx)
{
    bytebuf out = BYTEBUF_INIT;
    PyObject *result = NULL;
    if (adapt_box_write(self, ctx, &out) == 0)
        result = PyBytes_FromStringAndSize(out.data, (Py_ssize_t)out.len);
    bytebuf_free(&out);
    return result;
}

PyObject *
adapt_box_getquoted(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    adapt_box *self = (adapt_box *)op;
    adapt_ctx ctx;
    PyObject *conn = Py_XNewRef(self->conn), *result = NULL;
    if (adapt_box_ctx(self, &ctx) == 0)
        result = adapt_box_quote(self, &ctx);
    Py_XDECREF(conn);
    return result;
}

PyObject *
adapt_box_str(PyObject *op)
{
    adapt_box *self = (adapt_box *)op;
    PyObject *quoted = PyObject_CallMethodNoArgs(op, self->state->adapt_slots[SLOT_STR_GETQUOTED]);
    PyObject *result = NULL;
    if (quoted && PyBytes_Check(quoted))
        result =
            PyUnicode_DecodeUTF8(PyBytes_AS_STRING(quoted), PyBytes_GET_SIZE(quoted), "replace");
    else if (quoted)
        PyErr_Format(PyExc_TypeError, "getquoted() must return bytes, not %.200s",
                     Py_TYPE(quoted)->tp_name);
    Py_XDECREF(quoted);
    return result;
}

PyObject *
adapt_box_conform(PyObject *op, PyObject *protocol)
{
    adapt_box *self = (adapt_box *)op;
    return Py_NewRef(protocol == self->state->isqlquote_type ? op : Py_None);
}

PyObject *
adapt_box_prepare(PyObject *op, PyObject *conn)
{
    adapt_box *self = (adapt_box *)op;
    module_state *state = self->state;
    PyTypeObject *type = (PyTypeObject *)state->connection_type;
    if (!type || !PyObject_TypeCheck(conn, type)) {
        PyErr_Format(PyExc_TypeError,
                     "argument 1 must be psycopg2.extensions.connection, not %.200s",
                     conn == Py_None ? "None" : Py_TYPE(conn)->tp_name);
        return NULL;
    }
    Py_XSETREF(self->conn, Py_NewRef(conn));
    Py_RETURN_NONE;
}
