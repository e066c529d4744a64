/* psycopg2.extensions.lobject: a large object that is open in a transaction. */
#include "lobj_impl.h"

#include <string.h>
#include <stdio.h>

typedef struct {
    PyObject_HEAD
    module_state *state;     // borrowed: owned by the module, which the type keeps alive
    connection_object *conn; /* NULL: __init__ did not run */
    uint32_t oid;
    int fd; /* the server's descriptor; -1: closed */
    unsigned long
        mark;     /* conn->mark when it was opened: the descriptor ends with the transaction */
    int is_text;  /* read() gives str */
    char mode[4]; /* what `mode` says: "rwb" */
} lobject_object;

static int
lobj_traverse(PyObject *obj, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(obj));
    Py_VISIT(((lobject_object *)obj)->conn);
    return 0;
}

static int
lobj_clear(PyObject *obj)
{
    Py_CLEAR(((lobject_object *)obj)->conn);
    return 0;
}

static void
lobj_dealloc(PyObject *obj)
{
    PyTypeObject *type = Py_TYPE(obj);
    if (PyObject_CallFinalizerFromDealloc(obj) < 0)
        return;
    PyObject_GC_UnTrack(obj);
    lobj_clear(obj);
    type->tp_free(obj);
    Py_DECREF(type);
}

static PyObject *
lobj_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    module_state *state = state_of_type(type);
    lobject_object *self = state ? (lobject_object *)type->tp_alloc(type, 0) : NULL;
    if (self) {
        self->state = state;
        self->fd = -1;
    }
    return (PyObject *)self;
}

/* -- Checks -- */

static int
is_closed(const lobject_object *self)
{
    return self->fd < 0 || !self->conn || self->conn->closed != CONN_OPEN ||
           pq_forked(&self->conn->session);
}

/* Whether the transaction that the descriptor belongs to may still be open. */
static int
in_its_transaction(const lobject_object *self)
{
    return !is_closed(self) && self->mark == self->conn->mark &&
           (!self->conn->autocommit || self->conn->in_with);
}

static int
check_connected(const lobject_object *self)
{
    if (self->conn && self->conn->closed == CONN_OPEN)
        return 0;
    PyErr_SetString(self->state->InterfaceError, "lobject already closed");
    return -1;
}

static int
check_transaction(const lobject_object *self)
{
    if (!self->conn->autocommit || self->conn->in_with)
        return 0;
    PyErr_SetString(self->state->ProgrammingError, "can't use a lobject outside of transactions");
    return -1;
}

/* Before what needs the descriptor. */
static int
check_usable(const lobject_object *self)
{
    if (self->conn && pq_forked(&self->conn->session))
        return conn_check_open(self->conn);
    if (is_closed(self))
        PyErr_SetString(self->state->InterfaceError, "lobject already closed");
    else if (check_transaction(self) < 0)
        return -1;
    else if (self->mark != self->conn->mark)
        PyErr_SetString(self->state->ProgrammingError, "lobject isn't valid anymore");
    else
        return 0;
    return -1;
}

/* -- Opening -- */

/* Read `text`: "", r, w, rw or n, then b, t or nothing. *flags: lo_open()'s, 0: not to be opened. 0
 * or -1. */
static int
parse_mode(lobject_object *self, const char *text, int creates, int *flags)
{
    static const struct {
        const char *name;
        int flags;
    } modes[] = {{"rw", LOBJ_READ | LOBJ_WRITE}, {"r", LOBJ_READ}, {"w", LOBJ_WRITE}, {"n", 0}};
    const char *name = creates ? "w" : "r", *at = text;
    *flags = creates ? LOBJ_WRITE : LOBJ_READ;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0] && at == text; i++) {
        size_t len = strlen(modes[i].name);
        if (strncmp(text, modes[i].name, len) != 0)
            continue;
        at += len;
        if (!creates) {  // a new large object is written first, and can be read as well
            name = modes[i].name;
            *flags = modes[i].flags;
        }
    }
    if (strcmp(at, "") != 0 && strcmp(at, "b") != 0 && strcmp(at, "t") != 0) {
        PyErr_Format(PyExc_ValueError, "bad mode for lobject: '%s'", text);
        return -1;
    }
    self->is_text = *at != 'b';
    PyOS_snprintf(self->mode, sizeof self->mode, "%s%s", name,
                  !*flags         ? ""
                  : self->is_text ? "t"
                                  : "b");
    return 0;
}

/* Create the large object if there is no `oid` yet, and open it. */
static int
open_lock_held(lobject_object *self, uint32_t oid, int flags, uint32_t wanted, PyObject *path)
{
    connection_object *conn = self->conn;
    int created = 0;
    if (!oid && path)
        created = lobj_import_lock_held(conn, path, wanted, &oid);
    else if (!oid)
        created = lobj_create_lock_held(conn, wanted, &oid);
    if (created < 0)
        return -1;
    self->oid = oid;
    if (flags && lobj_open_lock_held(conn, oid, flags, &self->fd) < 0)
        return -1;
    self->mark = conn->mark;
    return 0;
}

/* For PyArg_Parse: an OID. */
static int
convert_oid(PyObject *value, void *to)
{
    int answer = 0;
    PyObject *number = PyNumber_Index(value);
    if (!number)
        return 0;
    unsigned long oid = PyLong_AsUnsignedLong(number);
    if (oid == (unsigned long)-1 && PyErr_Occurred())
        PyErr_Clear();
    else
        answer = oid <= UINT32_MAX;
    if (answer)
        *(uint32_t *)to = (uint32_t)oid;
    else
        PyErr_Format(PyExc_OverflowError, "an oid must be between 0 and 4294967295, not %R",
                     number);
    Py_DECREF(number);
    return answer;
}

/* The path in `value` as new bytes in *path; NULL where it is None. 0 or -1. */
static int
convert_path(PyObject *value, PyObject **path)
{
    *path = NULL;
    return value == Py_None || PyUnicode_FSConverter(value, path) ? 0 : -1;
}

static int
lobj_tp_init(PyObject *obj, PyObject *args, PyObject *kwargs)
{
    lobject_object *self = (lobject_object *)obj;
    connection_object *conn;
    uint32_t oid = 0, wanted = 0;
    const char *mode = NULL;
    PyObject *file = Py_None, *path = NULL;
    int flags, answer = -1;
    if (kwargs && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "lobject() takes no keyword arguments");
        return -1;
    }
    if (!PyArg_ParseTuple(args, "O!|O&zO&O", self->state->connection_type, &conn, convert_oid, &oid,
                          &mode, convert_oid, &wanted, &file))
        return -1;
    if (convert_path(file, &path) < 0 || parse_mode(self, mode ? mode : "", oid == 0, &flags) < 0)
        goto exit;
    if (conn_check_open(conn) < 0)
        goto exit;
    Py_INCREF(conn);
    Py_XSETREF(self->conn, conn);
    self->fd = -1;
    if (check_transaction(self) < 0 || lobj_begin(conn) < 0)
        goto exit;
    answer = open_lock_held(self, oid, flags, wanted, path);
    lobj_end(conn);

exit:
    Py_XDECREF(path);
    return answer;
}

PyObject *
lobj_open(connection_object *conn, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"oid", "mode", "new_oid", "new_file", "lobject_factory", NULL};
    module_state *state = conn->state;
    uint32_t oid = 0, wanted = 0;
    const char *mode = NULL;
    PyObject *file = Py_None, *factory = state->lobject_type, *made;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O&zO&OO", names, convert_oid, &oid, &mode,
                                     convert_oid, &wanted, &file, &factory))
        return NULL;
    if (conn_check_open(conn) < 0 || conn_check_sync(conn, "lobject") < 0 ||
        conn_check_not_prepared(conn, "lobject") < 0)
        return NULL;
    if (file == Py_None)
        made = PyObject_CallFunction(factory, "OIsI", conn, oid, mode ? mode : "", wanted);
    else
        made = PyObject_CallFunction(factory, "OIsIO", conn, oid, mode ? mode : "", wanted, file);
    if (made && !PyObject_TypeCheck(made, (PyTypeObject *)state->lobject_type)) {
        PyErr_SetString(PyExc_TypeError,
                        "lobject factory must be subclass of psycopg2.extensions.lobject");
        Py_CLEAR(made);
    }
    return made;
}

/* -- Closing -- */

/* Close the descriptor, if the server still has it. */
static int
close_lock_held(lobject_object *self)
{
    int fd = self->fd;
    self->fd = -1;
    return lobj_close_lock_held(self->conn, fd);
}

PyDoc_STRVAR(
    close_doc,
    "close($self)\n--\n\n"
    "Close the large object; a second time does nothing. Raises `OperationalError` when the\n"
    "transaction has failed. lo_close() of the server.");

static PyObject *
m_close(lobject_object *self, PyObject *Py_UNUSED(unused))
{
    int answer = 0;
    if (in_its_transaction(self)) {
        if (lobj_begin(self->conn) < 0)
            return NULL;
        answer = close_lock_held(self);
        lobj_end(self->conn);
    }
    self->fd = -1;
    if (answer < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(
    unlink_doc,
    "unlink($self)\n--\n\n"
    "Close the large object and remove it from the database. Raises `OperationalError` when there\n"
    "is none. lo_unlink() of the server.");

static PyObject *
m_unlink(lobject_object *self, PyObject *Py_UNUSED(unused))
{
    int answer = 0;
    if (check_connected(self) < 0 || lobj_begin(self->conn) < 0)
        return NULL;
    if (in_its_transaction(self))
        answer = close_lock_held(self);
    self->fd = -1;
    if (answer == 0)
        answer = lobj_unlink_lock_held(self->conn, self->oid);
    lobj_end(self->conn);
    if (answer < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* A descriptor that was not closed would stay to the end of the transaction. Close it where that is
 * no more than a call: nobody uses the connection, and its transaction is well. */
static void
lobj_finalize(PyObject *obj)
{
    lobject_object *self = (lobject_object *)obj;
    if (!in_its_transaction(self) || self->state->wait_callback)
        return;
    PyObject *exc = compat_err_take();
    connection_object *conn = self->conn;
    if (pq_acquire(&conn->session, 0) == 0) {
        int good = conn->session.pg && PQtransactionStatus(conn->session.pg) == PQTRANS_INTRANS;
        if (good && close_lock_held(self) < 0)
            PyErr_WriteUnraisable(obj);
        pq_release(&conn->session);
    }
    compat_err_restore(exc);
}

/* -- Data -- */

PyDoc_STRVAR(read_doc, "read($self, size=-1, /)\n--\n\n"
                       "Read at most size bytes, or to the end where size is negative: bytes in "
                       "mode 'b', else a str by the\n"
                       "client encoding, with the rest of a character that the size would cut. "
                       "Empty at the end. Raises\n"
                       "`UnicodeDecodeError` where the bytes are no text, and stays where it was; "
                       "`OperationalError` as the\n"
                       "server says. loread() of the server.");

/* Append up to `size` bytes (-1: all there are) to `to`. */
static int
read_bytes(lobject_object *self, Py_ssize_t size, bytebuf *to)
{
    size_t got = 1, left = size < 0 ? SIZE_MAX : (size_t)size;
    while (left && got) {
        size_t piece = left < LOBJ_PIECE ? left : LOBJ_PIECE;
        if (lobj_read_lock_held(self->conn, self->fd, piece, to, &got) < 0)
            return -1;
        left -= got;
    }
    return 0;
}

/* Whether the UnicodeDecodeError that is set says that a character goes on behind the last byte. */
static int
is_cut(const bytebuf *bytes)
{
    Py_ssize_t end = 0;
    if (!PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return 0;
    PyObject *exc = compat_err_take();
    int failed = !exc || PyUnicodeDecodeError_GetEnd(exc, &end) < 0;
    if (failed)
        PyErr_Clear();
    compat_err_restore(exc);
    return !failed && end == (Py_ssize_t)bytes->len;
}

/* The text in `bytes`; what is missing of its last character is read. */
static PyObject *
decode_text(lobject_object *self, bytebuf *bytes)
{
    enum { CHARACTER_MAX = 4 };
    size_t got = 1;
    PyObject *text =
        text_decode(&self->conn->codec, self->state, bytes->data, (Py_ssize_t)bytes->len);
    for (int i = 1; !text && got && i < CHARACTER_MAX && is_cut(bytes); i++) {
        PyErr_Clear();
        if (lobj_read_lock_held(self->conn, self->fd, 1, bytes, &got) < 0)
            return NULL;
        text = text_decode(&self->conn->codec, self->state, bytes->data, (Py_ssize_t)bytes->len);
    }
    if (!text && PyErr_ExceptionMatches(PyExc_UnicodeError)) {
        int64_t where;
        PyObject *exc = compat_err_take();
        if (lobj_seek_lock_held(self->conn, self->fd, -(int64_t)bytes->len, SEEK_CUR, &where) < 0)
            PyErr_Clear();
        compat_err_restore(exc);
    }
    return text;
}

static PyObject *
m_read(lobject_object *self, PyObject *args)
{
    Py_ssize_t size = -1;
    bytebuf bytes = BYTEBUF_INIT;
    PyObject *answer = NULL;
    if (!PyArg_ParseTuple(args, "|n", &size) || check_usable(self) < 0 ||
        lobj_begin(self->conn) < 0)
        return NULL;
    if (read_bytes(self, size, &bytes) == 0)
        answer = self->is_text ? decode_text(self, &bytes)
                               : PyBytes_FromStringAndSize(bytes.data, (Py_ssize_t)bytes.len);
    lobj_end(self->conn);
    bytebuf_free(&bytes);
    return answer;
}

PyDoc_STRVAR(write_doc,
             "write($self, data, /)\n--\n\n"
             "Write a str, in the client encoding, or bytes; the number of bytes written (int).\n"
             "Raises `TypeError` for anything else, `OperationalError` as the server says.\n"
             "lowrite() of the server.");

static PyObject *
m_write(lobject_object *self, PyObject *data)
{
    PyObject *bytes = NULL, *answer = NULL;
    if (check_usable(self) < 0)
        return NULL;
    if (!PyUnicode_Check(data) && !PyBytes_Check(data)) {
        PyErr_Format(PyExc_TypeError, "lobject.write requires a string; got %.200s instead",
                     Py_TYPE(data)->tp_name);
        return NULL;
    }
    bytes =
        PyBytes_Check(data) ? Py_NewRef(data) : text_encode(&self->conn->codec, self->state, data);
    if (!bytes || lobj_begin(self->conn) < 0)
        goto exit;
    int failed = lobj_write_lock_held(self->conn, self->fd, PyBytes_AS_STRING(bytes),
                                      (size_t)PyBytes_GET_SIZE(bytes));
    lobj_end(self->conn);
    if (failed == 0)
        answer = PyLong_FromSsize_t(PyBytes_GET_SIZE(bytes));

exit:
    Py_XDECREF(bytes);
    return answer;
}

/* -- Position -- */

PyDoc_STRVAR(
    seek_doc,
    "seek($self, offset, whence=0, /)\n--\n\n"
    "Move to offset bytes (64 bits) from the start (whence 0), the position (1) or the end (2);\n"
    "the new position (int). Raises `OperationalError` as the server says. lo_lseek64() of the\n"
    "server.");

static PyObject *
m_seek(lobject_object *self, PyObject *args)
{
    Py_ssize_t offset;
    int whence = 0;
    int64_t where;
    if (!PyArg_ParseTuple(args, "n|i", &offset, &whence) || check_usable(self) < 0 ||
        lobj_begin(self->conn) < 0)
        return NULL;
    int failed = lobj_seek_lock_held(self->conn, self->fd, offset, whence, &where);
    lobj_end(self->conn);
    return failed < 0 ? NULL : PyLong_FromLongLong(where);
}

PyDoc_STRVAR(tell_doc,
             "tell($self)\n--\n\n"
             "The position (int) in bytes (64 bits) from the start. lo_tell64() of the server.");

static PyObject *
m_tell(lobject_object *self, PyObject *Py_UNUSED(unused))
{
    int64_t where;
    if (check_usable(self) < 0 || lobj_begin(self->conn) < 0)
        return NULL;
    int failed = lobj_tell_lock_held(self->conn, self->fd, &where);
    lobj_end(self->conn);
    return failed < 0 ? NULL : PyLong_FromLongLong(where);
}

PyDoc_STRVAR(
    truncate_doc,
    "truncate($self, len=0, /)\n--\n\n"
    "Make the large object len bytes (64 bits) long: cut it, or fill it with zeros. Raises\n"
    "`OperationalError` as the server says. lo_truncate64() of the server.");

static PyObject *
m_truncate(lobject_object *self, PyObject *args)
{
    Py_ssize_t len = 0;
    if (!PyArg_ParseTuple(args, "|n", &len) || check_usable(self) < 0 || lobj_begin(self->conn) < 0)
        return NULL;
    int failed = lobj_truncate_lock_held(self->conn, self->fd, len);
    lobj_end(self->conn);
    if (failed < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(
    export_doc,
    "export($self, filename, /)\n--\n\n"
    "Write the large object to a file of the client, which is replaced; also when it is closed.\n"
    "Raises `OperationalError` where the file cannot be written, or as the server says.");

static PyObject *
m_export(lobject_object *self, PyObject *args)
{
    PyObject *path;
    if (!PyArg_ParseTuple(args, "O&", PyUnicode_FSConverter, &path))
        return NULL;
    int failed =
        check_connected(self) < 0 || check_transaction(self) < 0 || lobj_begin(self->conn) < 0;
    if (!failed) {
        failed = lobj_export_lock_held(self->conn, self->oid, path) < 0;
        lobj_end(self->conn);
    }
    Py_DECREF(path);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

/* -- The type -- */

static PyObject *
get_closed(PyObject *obj, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(is_closed((lobject_object *)obj));
}

static PyObject *
lobj_repr(PyObject *obj)
{
    return PyUnicode_FromFormat("<lobject object at %p; closed: %d>", obj,
                                is_closed((lobject_object *)obj));
}

static PyMethodDef lobj_methods[] = {
    {"read", COMPAT_METHOD(m_read), METH_VARARGS, read_doc},
    {"write", COMPAT_METHOD(m_write), METH_O, write_doc},
    {"seek", COMPAT_METHOD(m_seek), METH_VARARGS, seek_doc},
    {"tell", COMPAT_METHOD(m_tell), METH_NOARGS, tell_doc},
    {"truncate", COMPAT_METHOD(m_truncate), METH_VARARGS, truncate_doc},
    {"export", COMPAT_METHOD(m_export), METH_VARARGS, export_doc},
    {"unlink", COMPAT_METHOD(m_unlink), METH_NOARGS, unlink_doc},
    {"close", COMPAT_METHOD(m_close), METH_NOARGS, close_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef lobj_members[] = {
    {"oid", T_UINT, offsetof(lobject_object, oid), READONLY, "The OID (int) of the large object."},
    {"mode", T_STRING_INPLACE, offsetof(lobject_object, mode), READONLY,
     "The mode (str): r, w or rw with b or t, or n where it was not to be opened."},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef lobj_getset[] = {
    {"closed", get_closed, NULL, "Whether the large object is closed (bool), or its connection is.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(lobj_doc,
             "lobject(conn, oid=0, mode='', new_oid=0, new_file=None, /)\n--\n\n"
             "A large object of the database, open until its transaction ends:\n"
             "connection.lobject() makes one and tells the arguments. PostgreSQL manual, Large\n"
             "Objects.");

static PyType_Slot lobj_slots[] = {
    {Py_tp_doc, (void *)lobj_doc},   {Py_tp_new, lobj_new},           {Py_tp_init, lobj_tp_init},
    {Py_tp_finalize, lobj_finalize}, {Py_tp_traverse, lobj_traverse}, {Py_tp_clear, lobj_clear},
    {Py_tp_dealloc, lobj_dealloc},   {Py_tp_repr, lobj_repr},         {Py_tp_methods, lobj_methods},
    {Py_tp_members, lobj_members},   {Py_tp_getset, lobj_getset},     {0, NULL},
};

static PyType_Spec lobj_spec = {
    .name = "psycopg2.extensions.lobject",
    .basicsize = sizeof(lobject_object),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | COMPAT_TPFLAGS_IMMUTABLE,
    .slots = lobj_slots,
};

int
lobj_init(PyObject *module, module_state *state)
{
    return state_add_type(module, &lobj_spec, NULL, &state->lobject_type, "lobject");
}
