/* psycopg2.extensions.ReplicationMessage, and times. */
#include "repl.h"

#include <stdio.h>

typedef struct {
    PyObject_HEAD
    PyObject *cursor, *payload; /* NULL: __init__ did not run */
    long long data_size;
    unsigned long long data_start, wal_end;
    int64_t send_time; /* us since 2000 */
} message_object;

PyObject *
repl_datetime(int64_t us)
{
    PyObject *type = NULL, *answer = NULL;
    PyObject *module = PyImport_ImportModule("datetime");
    if (module)
        type = PyObject_GetAttrString(module, "datetime");
    if (type)
        answer = PyObject_CallMethod(type, "fromtimestamp", "d", (double)us / 1e6);
    Py_XDECREF(type);
    Py_XDECREF(module);
    return answer;
}

static PyObject *
make_payload(repl_cursor_object *cursor, const pq_message *message)
{
    Py_ssize_t len = (Py_ssize_t)message->len;
    if (cursor->decode)
        return text_decode(&cursor->codec, cursor->cur.state, message->bytes, len);
    return PyBytes_FromStringAndSize(message->bytes, len);
}

PyObject *
repl_message_new(repl_cursor_object *cursor, const pq_message *message)
{
    PyTypeObject *type = (PyTypeObject *)cursor->cur.state->repl_message_type;
    PyObject *payload = make_payload(cursor, message);
    message_object *self = payload ? (message_object *)type->tp_alloc(type, 0) : NULL;
    if (!self) {
        Py_XDECREF(payload);
        return NULL;
    }
    self->payload = payload;
    self->cursor = Py_NewRef((PyObject *)cursor);
    self->data_size = (long long)message->len;
    self->data_start = message->data_start;
    self->wal_end = message->wal_end;
    self->send_time = message->send_time;
    return (PyObject *)self;
}

static int
message_tp_init(message_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"cursor", "payload", NULL};
    PyObject *cursor, *payload;
    module_state *state = state_of((PyObject *)self);
    if (!state || !PyArg_ParseTupleAndKeywords(args, kwargs, "O!O", names, state->cursor_type,
                                               &cursor, &payload))
        return -1;
    Py_XSETREF(self->cursor, Py_NewRef(cursor));
    Py_XSETREF(self->payload, Py_NewRef(payload));
    self->data_size = 0;
    self->data_start = self->wal_end = 0;
    self->send_time = 0;
    return 0;
}

static int
message_traverse(message_object *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->cursor);
    Py_VISIT(self->payload);
    return 0;
}

static int
message_clear(message_object *self)
{
    Py_CLEAR(self->cursor);
    Py_CLEAR(self->payload);
    return 0;
}

static void
message_dealloc(message_object *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    (void)message_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
message_repr(message_object *self)
{
    char text[160];
    (void)snprintf(text, sizeof text,
                   "data_size: %lld; data_start: %llx/%llx; wal_end: %llx/%llx; send_time: %lld",
                   self->data_size, self->data_start >> 32, self->data_start & 0xffffffff,
                   self->wal_end >> 32, self->wal_end & 0xffffffff, (long long)self->send_time);
    return PyUnicode_FromFormat("<ReplicationMessage object at %p; %s>", self, text);
}

static PyObject *
get_send_time(message_object *self, void *Py_UNUSED(closure))
{
    /* A clock beyond all years is not added to. */
    int64_t us = self->send_time;
    return repl_datetime(us > INT64_MAX - PQ_STREAM_EPOCH ? INT64_MAX : us + PQ_STREAM_EPOCH);
}

static PyGetSetDef getset[] = {
    {"send_time", (getter)get_send_time, NULL,
     "send_time: when the server sent the message, a naive datetime in local time", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#define MEMBER(name, type, doc)                                                                    \
    {                                                                                              \
#name, type, offsetof(message_object, name), READONLY, doc                                 \
    }

static PyMemberDef members[] = {
    MEMBER(cursor, T_OBJECT, "The cursor that the message came by."),
    MEMBER(payload, T_OBJECT, "The data: bytes, or str where the stream is decoded."),
    MEMBER(data_size, T_LONGLONG, "The size of the data as it came, in bytes."),
    MEMBER(data_start, T_ULONGLONG, "The LSN at which the data begins."),
    MEMBER(wal_end, T_ULONGLONG, "The LSN at which the server's log ended at that time."),
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "ReplicationMessage(cursor, payload)\n--\n\n"
                "A message of a replication stream; consume_stream() and read_message() make it.\n"
                "PostgreSQL manual: Streaming Replication Protocol, XLogData."},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, message_tp_init},
    {Py_tp_dealloc, message_dealloc},
    {Py_tp_traverse, message_traverse},
    {Py_tp_clear, message_clear},
    {Py_tp_repr, message_repr},
    {Py_tp_getset, getset},
    {Py_tp_members, members},
    {0, NULL},
};

int
repl_init_message(PyObject *module, module_state *state)
{
    static PyType_Spec spec = {
        .name = "psycopg2.extensions.ReplicationMessage",
        .basicsize = sizeof(message_object),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
                 COMPAT_TPFLAGS_IMMUTABLE,
        .slots = slots,
    };
    return state_add_type(module, &spec, NULL, &state->repl_message_type, "ReplicationMessage");
}
