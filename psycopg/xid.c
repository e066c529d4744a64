/* psycopg2.extensions.Xid: the name of a two-phase transaction.
 *
 * On the server it is one string. The three parts of an XA name are put into it as the JDBC driver
 * does: format_id "_" base64(gtrid) "_" base64(bqual). */
#include "xid.h"

#include <limits.h>
#include <string.h>

typedef struct {
    PyObject_HEAD
    /* NULL: None */
    PyObject *format_id, *gtrid, *bqual;
    PyObject *prepared, *owner, *database;
} xid_object;

enum {
    XID_LEN = 3,
    PART_MAX = 64,
    BASE64_MAX = (PART_MAX + 2) / 3 * 4,
    TID_MAX = 11 + 2 * (1 + BASE64_MAX)
};

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
xid_traverse(PyObject *obj, visitproc visit, void *arg)
{
    xid_object *self = (xid_object *)obj;
    Py_VISIT(Py_TYPE(obj));
    Py_VISIT(self->format_id);
    Py_VISIT(self->gtrid);
    Py_VISIT(self->bqual);
    Py_VISIT(self->prepared);
    Py_VISIT(self->owner);
    Py_VISIT(self->database);
    return 0;
}

static int
xid_clear(PyObject *obj)
{
    xid_object *self = (xid_object *)obj;
    Py_CLEAR(self->format_id);
    Py_CLEAR(self->gtrid);
    Py_CLEAR(self->bqual);
    Py_CLEAR(self->prepared);
    Py_CLEAR(self->owner);
    Py_CLEAR(self->database);
    return 0;
}

static void
xid_dealloc(PyObject *obj)
{
    PyTypeObject *type = Py_TYPE(obj);
    PyObject_GC_UnTrack(obj);
    xid_clear(obj);
    type->tp_free(obj);
    Py_DECREF(type);
}

/* -- Parts and the whole -- */

/* Append base64 of `from`; returns where it ends. */
static char *
base64_encode(char *to, const char *from, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)from;
    for (size_t i = 0; i < len; i += 3) {
        unsigned b = (unsigned)bytes[i] << 16;
        if (i + 1 < len)
            b |= (unsigned)bytes[i + 1] << 8;
        if (i + 2 < len)
            b |= bytes[i + 2];
        *to++ = base64_digits[b >> 18];
        *to++ = base64_digits[b >> 12 & 63];
        *to++ = i + 1 < len ? base64_digits[b >> 6 & 63] : '=';
        *to++ = i + 2 < len ? base64_digits[b & 63] : '=';
    }
    return to;
}

/* Decode `len` characters into `to`, which has room for PART_MAX and a NUL. The length, or -1: not
 * base64, or too long. What base64_encode() would have written otherwise is left to the caller, who
 * compares. */
static int
base64_decode(char *to, const char *from, size_t len)
{
    int n = 0;
    if (len % 4 || len > BASE64_MAX)
        return -1;
    for (size_t i = 0; i < len; i += 4) {
        unsigned b = 0;
        int pad = 0;
        for (size_t j = 0; j < 4; j++) {
            const char *found = from[i + j] ? strchr(base64_digits, from[i + j]) : NULL;
            if (from[i + j] == '=' && j >= 2 && i + 4 == len)
                pad++;
            else if (!found || pad)
                return -1;
            b = b << 6 | (pad ? 0 : (unsigned)(found - base64_digits));
        }
        for (int j = 0; j < 3 - pad; j++) {
            if (n == PART_MAX)
                return -1;
            to[n++] = (char)(b >> (16 - 8 * j) & 255);
        }
    }
    to[n] = '\0';
    return n;
}

/* The server's name of a transaction with these parts; `tid` has room for TID_MAX + 1. */
static void
compose_tid(char *tid, int format_id, const char *gtrid, const char *bqual)
{
    char *to = tid + PyOS_snprintf(tid, 13, "%d_", format_id);
    to = base64_encode(to, gtrid, strlen(gtrid));
    *to++ = '_';
    to = base64_encode(to, bqual, strlen(bqual));
    *to = '\0';
}

/* Whether every byte is printable ASCII. */
static int
is_printable(const char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            return 0;
    return 1;
}

static int
check_part(const char *name, const char *text)
{
    if (strlen(text) > PART_MAX) {
        PyErr_Format(PyExc_ValueError, "%s must be a string no longer than %d characters", name,
                     PART_MAX);
        return -1;
    }
    if (!is_printable(text)) {
        PyErr_Format(PyExc_ValueError, "%s must contain only printable characters.", name);
        return -1;
    }
    return 0;
}

static int
set_parts(xid_object *self, int format_id, const char *gtrid, const char *bqual)
{
    PyObject *f = PyLong_FromLong(format_id), *g = PyUnicode_FromString(gtrid),
             *b = PyUnicode_FromString(bqual);
    if (!f || !g || !b) {
        Py_XDECREF(f);
        Py_XDECREF(g);
        Py_XDECREF(b);
        return -1;
    }
    Py_XSETREF(self->format_id, f);
    Py_XSETREF(self->gtrid, g);
    Py_XSETREF(self->bqual, b);
    return 0;
}

static int
xid_init_object(PyObject *obj, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"format_id", "gtrid", "bqual", NULL};
    int format_id;
    const char *gtrid, *bqual;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "iss", names, &format_id, &gtrid, &bqual))
        return -1;
    if (format_id < 0) {
        PyErr_SetString(PyExc_ValueError, "format_id must be a non-negative 32-bit integer");
        return -1;
    }
    if (check_part("gtrid", gtrid) < 0 || check_part("bqual", bqual) < 0)
        return -1;
    return set_parts((xid_object *)obj, format_id, gtrid, bqual);
}

/* Split the server's name `tid` into parts. 1: done; 0: it does not follow the form, and only that
 * which gives the very same name again does, so that a transaction is always finished by its own
 * name; -1: an exception. */
static int
parse_tid(xid_object *self, const char *tid)
{
    char gtrid[PART_MAX + 1], bqual[PART_MAX + 1], again[TID_MAX + 1];
    const char *first = strchr(tid, '_'), *second = first ? strchr(first + 1, '_') : NULL;
    if (!second || first == tid || first - tid > 10)
        return 0;
    long long format_id = 0;
    for (const char *at = tid; at < first; at++) {
        if (*at < '0' || *at > '9')
            return 0;
        format_id = format_id * 10 + (*at - '0');
    }
    if (format_id > INT_MAX || base64_decode(gtrid, first + 1, (size_t)(second - first - 1)) < 0 ||
        base64_decode(bqual, second + 1, strlen(second + 1)) < 0)
        return 0;
    if (!is_printable(gtrid) || !is_printable(bqual))
        return 0;
    compose_tid(again, (int)format_id, gtrid, bqual);
    if (strcmp(again, tid) != 0)
        return 0;
    return set_parts(self, (int)format_id, gtrid, bqual) < 0 ? -1 : 1;
}

PyObject *
xid_from_string(module_state *state, PyObject *text)
{
    PyTypeObject *type = (PyTypeObject *)state->xid_type;
    xid_object *self = NULL;
    int parsed = 0;
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "not a valid transaction id");
        return NULL;
    }
    Py_ssize_t nul = PyUnicode_FindChar(text, 0, 0, PyUnicode_GET_LENGTH(text), 1);
    if (nul != -1) {
        if (nul >= 0)
            PyErr_SetString(PyExc_ValueError,
                            "a transaction id cannot contain NUL (0x00) characters");
        return NULL;
    }
    self = (xid_object *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    if (PyUnicode_IS_ASCII(text)) {
        const char *tid = PyUnicode_AsUTF8(text);
        parsed = tid ? parse_tid(self, tid) : -1;
    }
    if (parsed < 0)
        Py_CLEAR(self);
    else if (parsed == 0)
        self->gtrid = Py_NewRef(text);
    return (PyObject *)self;
}

static PyObject *
xid_from_string_method(PyObject *cls, PyObject *text)
{
    module_state *state = state_of_type((PyTypeObject *)cls);
    return state ? xid_from_string(state, text) : NULL;
}

/* -- What Python sees -- */

int
xid_set_origin(PyObject *obj, PyObject *prepared, PyObject *owner, PyObject *database)
{
    xid_object *self = (xid_object *)obj;
    Py_XSETREF(self->prepared, Py_NewRef(prepared));
    Py_XSETREF(self->owner, Py_NewRef(owner));
    Py_XSETREF(self->database, Py_NewRef(database));
    return 0;
}

static PyObject *
or_none(PyObject *value)
{
    return value ? value : Py_None;
}

static PyObject *
xid_str(PyObject *obj)
{
    const xid_object *self = (xid_object *)obj;
    char tid[TID_MAX + 1];
    if (!self->gtrid) {
        PyErr_SetString(PyExc_ValueError,
                        "the transaction id is not set: Xid.__init__() was not called");
        return NULL;
    }
    if (!self->format_id)
        return Py_NewRef(self->gtrid);
    const char *gtrid = PyUnicode_AsUTF8(self->gtrid), *bqual = PyUnicode_AsUTF8(self->bqual);
    if (!gtrid || !bqual)
        return NULL;
    compose_tid(tid, (int)PyLong_AsLong(self->format_id), gtrid, bqual);
    return PyUnicode_FromString(tid);
}

static PyObject *
xid_repr(PyObject *obj)
{
    const xid_object *self = (xid_object *)obj;
    if (!self->format_id)
        return PyUnicode_FromFormat("<Xid: %R (unparsed)>", or_none(self->gtrid));
    return PyUnicode_FromFormat("<Xid: (%R, %R, %R)>", self->format_id, self->gtrid, self->bqual);
}

static Py_ssize_t
xid_len(PyObject *Py_UNUSED(obj))
{
    return XID_LEN;
}

static PyObject *
xid_item(PyObject *obj, Py_ssize_t i)
{
    const xid_object *self = (xid_object *)obj;
    PyObject *items[XID_LEN] = {self->format_id, self->gtrid, self->bqual};
    if (i < 0 || i >= XID_LEN) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    return Py_NewRef(or_none(items[i]));
}

static PyMemberDef xid_members[] = {
    {"format_id", T_OBJECT, offsetof(xid_object, format_id), READONLY,
     "The format of an XA name, an int from 0 to 2147483647; None for another name."},
    {"gtrid", T_OBJECT, offsetof(xid_object, gtrid), READONLY,
     "The global transaction id of an XA name; another name as a whole (str)."},
    {"bqual", T_OBJECT, offsetof(xid_object, bqual), READONLY,
     "The branch qualifier of an XA name (str); None for another name."},
    {"prepared", T_OBJECT, offsetof(xid_object, prepared), READONLY,
     "When a recovered transaction was prepared: an aware datetime, or None."},
    {"owner", T_OBJECT, offsetof(xid_object, owner), READONLY,
     "Who prepared a recovered transaction (str), or None."},
    {"database", T_OBJECT, offsetof(xid_object, database), READONLY,
     "The database that a recovered transaction belongs to (str), or None."},
    {NULL, 0, 0, 0, NULL},
};

PyDoc_STRVAR(xid_from_string_doc,
             "from_string($type, s, /)\n--\n\n"
             "The Xid of the server's name of a transaction (str, as PREPARE TRANSACTION takes "
             "it). Its parts\n"
             "are known where it has the form that str() gives an XA name; any other name is kept "
             "as it is in\n"
             "gtrid, with format_id and bqual None. Raises `TypeError` when s is not a str.");

static PyMethodDef xid_methods[] = {
    {"from_string", xid_from_string_method, METH_O | METH_CLASS, xid_from_string_doc},
    {NULL, NULL, 0, NULL},
};

PyDoc_STRVAR(xid_doc,
             "Xid(format_id, gtrid, bqual)\n--\n\n"
             "The name of a two-phase transaction in its three XA parts: an int from 0 to "
             "2147483647 and two\n"
             "str of at most 64 printable ASCII characters each. It unpacks and indexes "
             "as these three; str()\n"
             "is its name on the server. Raises `ValueError` or `TypeError` for parts that do "
             "not fit. DB-API 2.0,\n"
             "two-phase commit extensions.");

static PyType_Slot xid_slots[] = {
    {Py_tp_doc, (void *)xid_doc}, {Py_tp_init, xid_init_object}, {Py_tp_traverse, xid_traverse},
    {Py_tp_clear, xid_clear},     {Py_tp_dealloc, xid_dealloc},  {Py_tp_repr, xid_repr},
    {Py_tp_str, xid_str},         {Py_tp_members, xid_members},  {Py_tp_methods, xid_methods},
    {Py_sq_length, xid_len},      {Py_sq_item, xid_item},        {0, NULL},
};

static PyType_Spec xid_spec = {
    .name = "psycopg2.extensions.Xid",
    .basicsize = sizeof(xid_object),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | COMPAT_TPFLAGS_IMMUTABLE,
    .slots = xid_slots,
};

int
xid_init(PyObject *module, module_state *state)
{
    return state_add_type(module, &xid_spec, NULL, &state->xid_type, "Xid");
}
