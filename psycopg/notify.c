/* psycopg2.extensions.Notify: a notification, which unpacks as (pid, channel). */
#include "notify.h"

#include "errors.h"

#include <string.h>

typedef struct {
    PyObject_HEAD
    PyObject *pid, *channel, *payload; /* NULL: __init__ did not run */
} notify_object;

enum { NOTIFY_LEN = 2 };

static int
notify_traverse(PyObject *obj, visitproc visit, void *arg)
{
    notify_object *self = (notify_object *)obj;
    Py_VISIT(Py_TYPE(obj));
    Py_VISIT(self->pid);
    Py_VISIT(self->channel);
    Py_VISIT(self->payload);
    return 0;
}

static int
notify_clear(PyObject *obj)
{
    notify_object *self = (notify_object *)obj;
    Py_CLEAR(self->pid);
    Py_CLEAR(self->channel);
    Py_CLEAR(self->payload);
    return 0;
}

static void
notify_dealloc(PyObject *obj)
{
    PyTypeObject *type = Py_TYPE(obj);
    PyObject_GC_UnTrack(obj);
    notify_clear(obj);
    type->tp_free(obj);
    Py_DECREF(type);
}

static int
notify_init_object(PyObject *obj, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"pid", "channel", "payload", NULL};
    notify_object *self = (notify_object *)obj;
    PyObject *pid, *channel, *payload = NULL, *empty = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|O", names, &pid, &channel, &payload))
        return -1;
    if (!payload) {
        empty = PyUnicode_FromStringAndSize(NULL, 0);
        if (!empty)
            return -1;
        payload = empty;
    }
    Py_XSETREF(self->pid, Py_NewRef(pid));
    Py_XSETREF(self->channel, Py_NewRef(channel));
    Py_XSETREF(self->payload, Py_NewRef(payload));
    Py_XDECREF(empty);
    return 0;
}

/* A text of the server. A notification comes once: one that is not valid in the client encoding is
 * better read with replacement characters than lost. */
static PyObject *
decode(module_state *state, const text_codec *codec, const char *text)
{
    PyObject *answer = text_decode(codec, state, text, (Py_ssize_t)strlen(text));
    if (answer || PyErr_ExceptionMatches(PyExc_MemoryError))
        return answer;
    PyErr_Clear();
    return errors_decode(codec, text);
}

PyObject *
notify_new(module_state *state, const text_codec *codec, int pid, const char *channel,
           const char *payload)
{
    PyTypeObject *type = (PyTypeObject *)state->notify_type;
    notify_object *self = (notify_object *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->pid = PyLong_FromLong(pid);
    if (self->pid)
        self->channel = decode(state, codec, channel);
    if (self->channel)
        self->payload = decode(state, codec, payload ? payload : "");
    if (!self->payload)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static PyObject *
or_none(PyObject *value)
{
    return value ? value : Py_None;
}

/* (pid, channel) or, with_payload, (pid, channel, payload); a new reference. */
static PyObject *
as_tuple(const notify_object *self, int with_payload)
{
    if (with_payload)
        return PyTuple_Pack(3, or_none(self->pid), or_none(self->channel), or_none(self->payload));
    return PyTuple_Pack(2, or_none(self->pid), or_none(self->channel));
}

static PyObject *
notify_repr(PyObject *obj)
{
    const notify_object *self = (notify_object *)obj;
    return PyUnicode_FromFormat("Notify(%R, %R, %R)", or_none(self->pid), or_none(self->channel),
                                or_none(self->payload));
}

static PyObject *
notify_richcompare(PyObject *obj, PyObject *other, int op)
{
    const notify_object *self = (notify_object *)obj;
    PyObject *mine = NULL, *theirs = NULL, *answer = NULL;
    module_state *state = state_of(obj);
    if (!state)
        goto exit;
    int is_notify = PyObject_TypeCheck(other, (PyTypeObject *)state->notify_type);
    if (!is_notify && !PyTuple_Check(other)) {
        answer = Py_NewRef(Py_NotImplemented);
        goto exit;
    }
    mine = as_tuple(self, is_notify);
    theirs = is_notify ? as_tuple((notify_object *)other, 1) : Py_NewRef(other);
    if (mine && theirs)
        answer = PyObject_RichCompare(mine, theirs, op);

exit:
    Py_XDECREF(mine);
    Py_XDECREF(theirs);
    return answer;
}

/* Equal to the hash of (pid, channel) where there is no payload, since such a notification equals
 * the tuple. */
static Py_hash_t
notify_hash(PyObject *obj)
{
    const notify_object *self = (notify_object *)obj;
    Py_hash_t answer = -1;
    int has_payload = self->payload ? PyObject_IsTrue(self->payload) : 0;
    PyObject *tuple = has_payload < 0 ? NULL : as_tuple(self, has_payload);
    if (tuple)
        answer = PyObject_Hash(tuple);
    Py_XDECREF(tuple);
    return answer;
}

static Py_ssize_t
notify_len(PyObject *Py_UNUSED(obj))
{
    return NOTIFY_LEN;
}

static PyObject *
notify_item(PyObject *obj, Py_ssize_t i)
{
    const notify_object *self = (notify_object *)obj;
    if (i < 0 || i >= NOTIFY_LEN) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    return Py_NewRef(or_none(i == 0 ? self->pid : self->channel));
}

static PyMemberDef notify_members[] = {
    {"pid", T_OBJECT, offsetof(notify_object, pid), READONLY,
     "The process id (int) of the server process that sent the notification."},
    {"channel", T_OBJECT, offsetof(notify_object, channel), READONLY,
     "The name (str) of the channel."},
    {"payload", T_OBJECT, offsetof(notify_object, payload), READONLY,
     "The payload (str); '' where there is none."},
    {NULL, 0, 0, 0, NULL},
};

PyDoc_STRVAR(
    notify_doc,
    "Notify(pid, channel, payload='')\n--\n\n"
    "A notification that a server process (pid, an int) sent on a channel (str) with a payload\n"
    "(str). It unpacks and indexes as the tuple (pid, channel) and equals it. The connection\n"
    "collects them in connection.notifies; see LISTEN and NOTIFY in the PostgreSQL manual.");

static PyType_Slot notify_slots[] = {
    {Py_tp_doc, (void *)notify_doc},
    {Py_tp_init, notify_init_object},
    {Py_tp_traverse, notify_traverse},
    {Py_tp_clear, notify_clear},
    {Py_tp_dealloc, notify_dealloc},
    {Py_tp_repr, notify_repr},
    {Py_tp_richcompare, notify_richcompare},
    {Py_tp_hash, notify_hash},
    {Py_tp_members, notify_members},
    {Py_sq_length, notify_len},
    {Py_sq_item, notify_item},
    {0, NULL},
};

static PyType_Spec notify_spec = {
    .name = "psycopg2.extensions.Notify",
    .basicsize = sizeof(notify_object),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | COMPAT_TPFLAGS_IMMUTABLE,
    .slots = notify_slots,
};

int
notify_init(PyObject *module, module_state *state)
{
    return state_add_type(module, &notify_spec, NULL, &state->notify_type, "Notify");
}
