/* The cursor type: construction, attributes, the small methods. */
#include "cur.h"

#include "column.h"
#include "cur_doc.h"

#include <string.h>

static PyObject *
cur_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    module_state *state = state_of_type(type);
    cursor_object *self = state ? (cursor_object *)type->tp_alloc(type, 0) : NULL;
    if (!self)
        return NULL;
    self->state = state;
    self->scrollable = -1;
    self->arraysize = 1;
    self->itersize = 2000;
    self->rowcount = -1;
    self->query = Py_NewRef(Py_None);
    self->name = Py_NewRef(Py_None);
    self->row_factory = Py_NewRef(Py_None);
    self->row_maker = Py_NewRef(Py_None);
    self->typecaster = Py_NewRef(Py_None);
    self->string_types = Py_NewRef(Py_None);
    self->binary_types = Py_NewRef(Py_None);
    self->tzinfo_factory = cast_default_tzinfo_factory(state);
    if (!self->tzinfo_factory) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

/* Keep the name of a server-side cursor, and its quoted form. */
static int
set_name(cursor_object *self, PyObject *name)
{
    connection_object *conn = self->conn;
    PyObject *bytes = NULL, *str = NULL;
    int answer = -1;
    if (PyUnicode_Check(name)) {
        bytes = text_encode(&conn->codec, self->state, name);
        str = Py_NewRef(name);
    } else if (PyBytes_Check(name)) {
        bytes = Py_NewRef(name);
        str =
            text_decode(&conn->codec, self->state, PyBytes_AS_STRING(name), PyBytes_GET_SIZE(name));
    } else
        PyErr_Format(PyExc_TypeError, "Expected bytes or unicode string, got %.200s instead",
                     Py_TYPE(name)->tp_name);
    if (!bytes || !str)
        goto exit;
    PyObject *quoted = conn_quote_identifier(conn, bytes);
    if (quoted) {
        Py_XSETREF(self->quoted_name, quoted);
        Py_XSETREF(self->name, Py_NewRef(str));
        answer = 0;
    }
exit:
    Py_XDECREF(bytes);
    Py_XDECREF(str);
    return answer;
}

static int
cur_tp_init(cursor_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"conn", "name", NULL};
    PyObject *conn, *name = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|O", names, self->state->connection_type,
                                     &conn, &name))
        return -1;
    if (conn_check_open((connection_object *)conn) < 0)
        return -1;
    if (self->conn && (PyObject *)self->conn != conn) {
        PyErr_SetString(self->state->InterfaceError, "the cursor has another connection");
        return -1;
    }
    if (self->conn) {  // again: it begins anew
        cur_drop_rows(self);
        self->rowcount = -1;
        self->arraysize = 1;
        self->itersize = 2000;
        Py_XSETREF(self->tzinfo_factory, cast_default_tzinfo_factory(self->state));
        return !self->tzinfo_factory ? -1 : name == Py_None ? 0 : set_name(self, name);
    }
    self->conn = (connection_object *)Py_NewRef(conn);
    self->mark = self->conn->mark;
    return name == Py_None ? 0 : set_name(self, name);
}

static int
cur_traverse(cursor_object *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->conn);
    Py_VISIT(self->description);
    Py_VISIT(self->tzinfo_factory);
    Py_VISIT(self->row_factory);
    Py_VISIT(self->row_maker);
    if (self->rows) {
        Py_VISIT(self->rows->shape.type);
        Py_VISIT(self->rows->shape.columns);
        Py_VISIT(self->rows->shape.function);
        Py_VISIT(self->rows->tzinfo_factory);
        int answer = rows_plan_traverse(self->rows->plan, visit, arg);
        if (answer)
            return answer;
    }
    Py_VISIT(self->typecaster);
    Py_VISIT(self->string_types);
    Py_VISIT(self->binary_types);
    return 0;
}

static int
cur_clear(cursor_object *self)
{
    cur_rows *rows = self->rows;
    self->rows = NULL;
    cur_rows_release(rows);
    Py_CLEAR(self->conn);
    Py_CLEAR(self->description);
    Py_CLEAR(self->tzinfo_factory);
    Py_CLEAR(self->row_factory);
    Py_CLEAR(self->row_maker);
    Py_CLEAR(self->typecaster);
    Py_CLEAR(self->string_types);
    Py_CLEAR(self->binary_types);
    return 0;
}

static void
cur_finalize(cursor_object *self)
{
    if (!cur_named_is_open(self))
        return;
    PyObject *exc = compat_err_take();
    COMPAT_WARN_UNCLOSED(self, "unclosed named cursor %R of %R", self->name, self->conn);
    compat_err_restore(exc);
}

static void
cur_dealloc(cursor_object *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (self->quoted_name && PyObject_CallFinalizerFromDealloc((PyObject *)self) < 0)
        return;
    PyObject_GC_UnTrack(self);
    if (self->weakrefs)
        PyObject_ClearWeakRefs((PyObject *)self);
    (void)cur_clear(self);
    bytebuf_free(&self->buffer);
    Py_CLEAR(self->query);
    Py_CLEAR(self->name);
    Py_CLEAR(self->quoted_name);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
cur_repr(cursor_object *self)
{
    return PyUnicode_FromFormat("<cursor object at %p; closed: %d>", self, self->closed ? -1 : 0);
}

PyObject *
cur_description(cursor_object *self)
{
    if (self->description)
        return Py_NewRef(self->description);
    if (!self->rows || self->rows->result.kind != PQ_RESULT_TUPLES)
        Py_RETURN_NONE;
    cur_rows *rows = self->rows;
    rows->refs++;
    int n = rows->result.rows.nfields;
    PyObject *description = PyTuple_New(n);
    for (int i = 0; description && i < n; i++) {
        PyObject *column = column_new(self->state, &rows->ctx.codec, &rows->result.rows.fields[i]);
        if (column)
            PyTuple_SET_ITEM(description, i, column);
        else
            Py_CLEAR(description);
    }
    if (description && rows == self->rows)
        Py_XSETREF(self->description, Py_NewRef(description));
    cur_rows_release(rows);
    return description;
}

static PyObject *
m_close(cursor_object *self, PyObject *Py_UNUSED(unused))
{
    if (self->closed)
        Py_RETURN_NONE;
    if (cur_stream_stop(self) < 0)
        return NULL;
    if (self->quoted_name && self->conn && self->conn->closed == CONN_OPEN &&
        cur_named_close(self) < 0)
        return NULL;
    self->closed = 1;
    /* The description is still told; the rows are let go. */
    PyObject *description = cur_description(self);
    if (!description)
        return NULL;
    Py_DECREF(description);
    if (self->rows && !self->rows->reading)
        cur_drop_rows(self);
    Py_RETURN_NONE;
}

static PyObject *
m_enter(cursor_object *self, PyObject *Py_UNUSED(unused))
{
    return Py_NewRef((PyObject *)self);
}

static PyObject *
m_exit(cursor_object *self, PyObject *args)
{
    PyObject *type, *value, *tb;
    if (!PyArg_ParseTuple(args, "OOO", &type, &value, &tb))
        return NULL;
    /* Through the attribute, so that a subclass's close() is called. */
    PyObject *done = PyObject_CallMethod((PyObject *)self, "close", NULL);
    if (!done)
        return NULL;
    Py_DECREF(done);
    Py_RETURN_NONE;
}

static PyObject *
m_cast(cursor_object *self, PyObject *args)
{
    PyObject *oid_object, *value;
    cast_ctx ctx;
    if (!PyArg_ParseTuple(args, "OO", &oid_object, &value))
        return NULL;
    if (!self->conn) {
        (void)cur_check_open(self);
        return NULL;
    }
    /* What is no OID, such as None, is one that no typecaster is for. */
    unsigned long oid = PyLong_Check(oid_object) ? PyLong_AsUnsignedLong(oid_object) : 0;
    if (oid > UINT32_MAX)
        oid = 0;
    PyErr_Clear();
    /* Code of the program's may run, and change these attributes. */
    PyObject *factory = Py_NewRef(self->tzinfo_factory ? self->tzinfo_factory : Py_None);
    PyObject *types = Py_XNewRef(self->string_types);
    PyObject *conn_types = Py_XNewRef(self->conn->string_types);
    conn_cast_ctx(self->conn, (PyObject *)self, factory, &ctx);
    PyObject *answer = cast_by_oid(&ctx, value, (uint32_t)oid, types, conn_types);
    Py_DECREF(factory);
    Py_XDECREF(types);
    Py_XDECREF(conn_types);
    return answer;
}

static PyObject *
m_nextset(cursor_object *self, PyObject *Py_UNUSED(unused))
{
    if (cur_check_open(self) == 0)
        PyErr_SetString(self->state->NotSupportedError, "not supported by PostgreSQL");
    return NULL;
}

static PyObject *
m_setinputsizes(cursor_object *self, PyObject *args)
{
    PyObject *sizes;
    if (!PyArg_ParseTuple(args, "O", &sizes) || cur_check_open(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
m_setoutputsize(cursor_object *self, PyObject *args)
{
    long size, column;
    if (!PyArg_ParseTuple(args, "l|l", &size, &column) || cur_check_open(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"execute", COMPAT_METHOD(cur_execute), METH_FASTCALL | METH_KEYWORDS, execute_doc},
    {"executemany", COMPAT_METHOD(cur_executemany), METH_VARARGS | METH_KEYWORDS, executemany_doc},
    {"mogrify", COMPAT_METHOD(cur_mogrify), METH_VARARGS | METH_KEYWORDS, mogrify_doc},
    {"callproc", COMPAT_METHOD(cur_callproc), METH_VARARGS | METH_KEYWORDS, callproc_doc},
    {"fetchone", COMPAT_METHOD(cur_fetchone), METH_NOARGS, fetchone_doc},
    {"fetchmany", COMPAT_METHOD(cur_fetchmany), METH_VARARGS | METH_KEYWORDS, fetchmany_doc},
    {"fetchall", COMPAT_METHOD(cur_fetchall), METH_NOARGS, fetchall_doc},
    {"scroll", COMPAT_METHOD(cur_scroll), METH_VARARGS | METH_KEYWORDS, scroll_doc},
    {"close", COMPAT_METHOD(m_close), METH_NOARGS, close_doc},
    {"cast", COMPAT_METHOD(m_cast), METH_VARARGS, cast_doc},
    {"copy_from", COMPAT_METHOD(cur_copy_from), METH_VARARGS | METH_KEYWORDS, copy_from_doc},
    {"copy_to", COMPAT_METHOD(cur_copy_to), METH_VARARGS | METH_KEYWORDS, copy_to_doc},
    {"copy_expert", COMPAT_METHOD(cur_copy_expert), METH_VARARGS | METH_KEYWORDS, copy_expert_doc},
    {"copy_records", COMPAT_METHOD(cur_copy_records), METH_VARARGS | METH_KEYWORDS,
     copy_records_doc},
    {"stream", COMPAT_METHOD(cur_stream), METH_VARARGS | METH_KEYWORDS, stream_doc},
    {"nextset", COMPAT_METHOD(m_nextset), METH_NOARGS, nextset_doc},
    {"setinputsizes", COMPAT_METHOD(m_setinputsizes), METH_VARARGS, setinputsizes_doc},
    {"setoutputsize", COMPAT_METHOD(m_setoutputsize), METH_VARARGS, setoutputsize_doc},
    {"__enter__", COMPAT_METHOD(m_enter), METH_NOARGS, enter_doc},
    {"__exit__", COMPAT_METHOD(m_exit), METH_VARARGS, exit_doc},
    {NULL, NULL, 0, NULL},
};

static PyObject *
get_description(cursor_object *self, void *Py_UNUSED(closure))
{
    return cur_description(self);
}

static PyObject *
get_statusmessage(cursor_object *self, void *Py_UNUSED(closure))
{
    if (!self->answered)
        Py_RETURN_NONE;
    if (!self->rows)
        return PyUnicode_FromString("");  // the last statement failed
    return PyUnicode_FromString(self->rows->result.command);
}

static PyObject *
get_rownumber(cursor_object *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLongLong(self->rows ? self->rows->reader.row : 0);
}

static PyObject *
get_closed(cursor_object *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(self->closed || (self->conn && self->conn->closed != CONN_OPEN));
}

/* withhold and scrollable belong to named cursors. */
static int
check_named(cursor_object *self, const char *name)
{
    if (self->quoted_name)
        return 0;
    PyErr_Format(self->state->ProgrammingError, "trying to set .%s on unnamed cursor", name);
    return -1;
}

static PyObject *
get_withhold(cursor_object *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(self->withhold);
}

static int
set_withhold(cursor_object *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (!value) {
        PyErr_SetString(PyExc_TypeError, "cannot delete cursor.withhold");
        return -1;
    }
    int truth = check_named(self, "withhold") < 0 ? -1 : PyObject_IsTrue(value);
    if (truth < 0)
        return -1;
    self->withhold = truth;
    return 0;
}

static PyObject *
get_scrollable(cursor_object *self, void *Py_UNUSED(closure))
{
    if (self->scrollable < 0)
        Py_RETURN_NONE;
    return PyBool_FromLong(self->scrollable);
}

static int
set_scrollable(cursor_object *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (!value) {
        PyErr_SetString(PyExc_TypeError, "cannot delete cursor.scrollable");
        return -1;
    }
    if (check_named(self, "scrollable") < 0)
        return -1;
    int truth = value == Py_None ? -1 : PyObject_IsTrue(value);
    if (truth < 0 && PyErr_Occurred())
        return -1;
    self->scrollable = truth;
    return 0;
}

/* arraysize and itersize: a bad value leaves the old one. `closure` is the offset of the field. */
static PyObject *
get_size(cursor_object *self, void *closure)
{
    return PyLong_FromLong(*(long *)((char *)self + (size_t)closure));
}

static int
set_size(cursor_object *self, PyObject *value, void *closure)
{
    if (!value) {
        PyErr_SetString(PyExc_TypeError, "can't delete numeric/char attribute");
        return -1;
    }
    Py_ssize_t size = PyNumber_AsSsize_t(value, PyExc_OverflowError);  // no float, on 3.9 too
    if (size == -1 && PyErr_Occurred())
        return -1;
    *(long *)((char *)self + (size_t)closure) = size;
    return 0;
}

static PyObject *
get_row_maker(cursor_object *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(self->row_maker ? self->row_maker : Py_None);
}

static int
set_row_maker(cursor_object *self, PyObject *value, void *Py_UNUSED(closure))
{
    Py_XSETREF(self->row_maker, Py_NewRef(value ? value : Py_None));
    /* The rest of a result that is being read is made anew. */
    if (self->rows && !self->rows->reading) {
        rows_shape shape = self->rows->shape;
        self->rows->shape = (rows_shape){0};
        self->rows->shaped = 0;
        rows_shape_clear(&shape);
    }
    return 0;
}

static PyObject *
get_pgresult_ptr(cursor_object *self, void *Py_UNUSED(closure))
{
    if (!self->rows || !self->rows->result.last)
        Py_RETURN_NONE;
    return PyLong_FromVoidPtr(self->rows->result.last);
}

static PyGetSetDef getset[] = {
    {"description", (getter)get_description, NULL, description_doc, NULL},
    {"statusmessage", (getter)get_statusmessage, NULL, statusmessage_doc, NULL},
    {"rownumber", (getter)get_rownumber, NULL, rownumber_doc, NULL},
    {"closed", (getter)get_closed, NULL, closed_doc, NULL},
    {"withhold", (getter)get_withhold, (setter)set_withhold, withhold_doc, NULL},
    {"scrollable", (getter)get_scrollable, (setter)set_scrollable, scrollable_doc, NULL},
    {"arraysize", (getter)get_size, (setter)set_size, arraysize_doc,
     (void *)offsetof(cursor_object, arraysize)},
    {"itersize", (getter)get_size, (setter)set_size, itersize_doc,
     (void *)offsetof(cursor_object, itersize)},
    {"_row_maker", (getter)get_row_maker, (setter)set_row_maker,
     "_row_maker: for the row classes of psycopg2.extras\n\n"
     "None, or called with the cursor once for each result, it returns None, (class of tuples, "
     "lists or dicts,\n"
     "columns), or a function of the cursor and a tuple.",
     NULL},
    {"pgresult_ptr", (getter)get_pgresult_ptr, NULL, pgresult_ptr_doc, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define MEMBER(name, type, flags, doc)                                                             \
    {                                                                                              \
#name, type, offsetof(cursor_object, name), flags, doc                                     \
    }

static PyMemberDef members[] = {
    MEMBER(rowcount, T_LONGLONG, READONLY, rowcount_doc),
    MEMBER(query, T_OBJECT, READONLY, query_doc),
    MEMBER(name, T_OBJECT, READONLY, name_doc),
    MEMBER(tzinfo_factory, T_OBJECT, 0, tzinfo_factory_doc),
    MEMBER(row_factory, T_OBJECT, 0, row_factory_doc),
    MEMBER(typecaster, T_OBJECT, READONLY, typecaster_doc),
    MEMBER(string_types, T_OBJECT, 0, string_types_doc),
    MEMBER(binary_types, T_OBJECT, 0, binary_types_doc),
    {"lastrowid", T_LONGLONG, offsetof(cursor_object, last_oid), READONLY, lastrowid_doc},
    {"connection", T_OBJECT, offsetof(cursor_object, conn), READONLY, connection_doc},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(cursor_object, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)cursor_class_doc},
    {Py_tp_new, cur_new},
    {Py_tp_init, cur_tp_init},
    {Py_tp_finalize, cur_finalize},
    {Py_tp_dealloc, cur_dealloc},
    {Py_tp_traverse, cur_traverse},
    {Py_tp_clear, cur_clear},
    {Py_tp_repr, cur_repr},
    {Py_tp_iter, cur_iter},
    {Py_tp_iternext, cur_iternext},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {Py_tp_members, members},
    {0, NULL},
};

/* The context of a typecaster that is called by hand: with a cursor, or a connection. Anything else
 * but goes on to casters in Python. */
static int
ctx_from_cursor(module_state *state, PyObject *cursor, cast_ctx *ctx)
{
    if (cursor && Cursor_Check(state, cursor) && ((cursor_object *)cursor)->conn) {
        cursor_object *self = (cursor_object *)cursor;
        PyObject *factory = self->tzinfo_factory ? self->tzinfo_factory : Py_None;
        conn_cast_ctx(self->conn, cursor, factory, ctx);
        return 0;
    }
    if (cursor && PyObject_TypeCheck(cursor, (PyTypeObject *)state->connection_type) &&
        conn_check_open((connection_object *)cursor) == 0) {
        conn_cast_ctx((connection_object *)cursor, cursor, NULL, ctx);
        return 0;
    }
    PyErr_Clear();
    *ctx = (cast_ctx){.state = state, .cursor = cursor ? cursor : Py_None};
    return text_codec_init(&ctx->codec, state, "UTF8");
}

int
cur_init(PyObject *module, module_state *state)
{
    static PyType_Spec spec = {
        .name = "psycopg2.extensions.cursor",
        .basicsize = sizeof(cursor_object),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
                 COMPAT_TPFLAGS_IMMUTABLE,
        .slots = slots,
    };
    state->cast_ctx_from_cursor = ctx_from_cursor;
    if (state_add_type(module, &spec, NULL, &state->cursor_type, "cursor") < 0)
        return -1;
    return cur_stream_init(module, state);
}
