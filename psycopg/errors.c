/* psycopg2.Error and its tree. Only Error has fields; every other class is made from a table. */
#include "errors.h"

#include "sqlstate_table.h"

#include <string.h>

static PyTypeObject *
exception_type(void)
{
    return (PyTypeObject *)PyExc_Exception;
}

/* -- The object -- */

static int
error_traverse(PyObject *obj, visitproc visit, void *arg)
{
    error_object *self = (error_object *)obj;
    Py_VISIT(Py_TYPE(obj));
    Py_VISIT(self->pgerror);
    Py_VISIT(self->pgcode);
    Py_VISIT(self->cursor);
    return exception_type()->tp_traverse(obj, visit, arg);
}

static int
error_clear(PyObject *obj)
{
    error_object *self = (error_object *)obj;
    Py_CLEAR(self->pgerror);
    Py_CLEAR(self->pgcode);
    Py_CLEAR(self->cursor);
    return exception_type()->tp_clear(obj);
}

static void
error_dealloc(PyObject *obj)
{
    error_object *self = (error_object *)obj;
    PyTypeObject *type = Py_TYPE(obj);
    PyObject_GC_UnTrack(obj);
    /* A long chain of exceptions, each the context of the next, must not use up the stack. */
    Py_TRASHCAN_BEGIN(obj, error_dealloc);
    Py_CLEAR(self->pgerror);
    Py_CLEAR(self->pgcode);
    Py_CLEAR(self->cursor);
    PQclear(self->result);
    self->result = NULL;
    PyObject_GC_Track(
        obj);  // the base's dealloc untracks, and before 3.11 insists that it was tracked
    exception_type()->tp_dealloc(obj);
    Py_DECREF(type);
    Py_TRASHCAN_END;
}

static PyObject *
error_get_diag(PyObject *obj, void *Py_UNUSED(closure))
{
    module_state *state = state_of(obj);
    return state ? diag_new(state, (error_object *)obj) : NULL;
}

/* Put `value`, where there is one, into the dict; 0 or -1. */
static int
add_to_state(PyObject *dict, const char *name, PyObject *value)
{
    return value ? PyDict_SetItemString(dict, name, value) : 0;
}

PyDoc_STRVAR(error_reduce_doc,
             "__reduce__($self)\n--\n\n"
             "How pickle and copy make the exception again: its class, arguments and attributes,\n"
             "pgerror and pgcode among them; the cursor and the details in diag stay behind.");

static PyObject *
error_reduce(PyObject *obj, PyObject *Py_UNUSED(unused))
{
    error_object *self = (error_object *)obj;
    PyObject *answer = NULL;
    PyObject *dict = self->base.dict ? PyDict_Copy(self->base.dict) : PyDict_New();
    if (!dict)
        goto exit;
    if (add_to_state(dict, "pgerror", self->pgerror) < 0 ||
        add_to_state(dict, "pgcode", self->pgcode) < 0)
        goto exit;
    answer = PyTuple_Pack(3, (PyObject *)Py_TYPE(obj), self->base.args, dict);

exit:
    Py_XDECREF(dict);
    return answer;
}

PyDoc_STRVAR(error_setstate_doc,
             "__setstate__($self, state, /)\n--\n\n"
             "Take the attributes from a dict made by __reduce__(), or None. Raises TypeError\n"
             "when it is something else.");

/* One entry of a pickled state. */
static int
set_from_state(error_object *self, PyObject *name, PyObject *value)
{
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "the names in the state must be str");
        return -1;
    }
    if (PyUnicode_CompareWithASCIIString(name, "pgerror") == 0)
        Py_XSETREF(self->pgerror, Py_NewRef(value));
    else if (PyUnicode_CompareWithASCIIString(name, "pgcode") == 0)
        Py_XSETREF(self->pgcode, Py_NewRef(value));
    else if (PyUnicode_CompareWithASCIIString(name, "cursor") != 0)
        return PyObject_SetAttr((PyObject *)self, name, value);
    return 0;
}

static PyObject *
error_setstate(PyObject *obj, PyObject *state)
{
    PyObject *items = NULL, *answer = NULL;
    if (state == Py_None)
        Py_RETURN_NONE;
    if (!PyDict_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a dictionary");
        return NULL;
    }
    items = PyDict_Items(state);  // attributes may run code, which may change the dict
    if (!items)
        goto exit;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);  // borrowed
        if (set_from_state((error_object *)obj, PyTuple_GET_ITEM(item, 0),
                           PyTuple_GET_ITEM(item, 1)) < 0)
            goto exit;
    }
    answer = Py_NewRef(Py_None);

exit:
    Py_XDECREF(items);
    return answer;
}

static PyMemberDef error_members[] = {
    {"pgerror", T_OBJECT, offsetof(error_object, pgerror), READONLY,
     "The message of the server, or of libpq, in full (str); None where neither said anything."},
    {"pgcode", T_OBJECT, offsetof(error_object, pgcode), READONLY,
     "The SQLSTATE (str of five characters, PostgreSQL manual, appendix A), or None."},
    {"cursor", T_OBJECT, offsetof(error_object, cursor), READONLY,
     "The cursor that the exception was raised from, or None."},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef error_getset[] = {
    {"diag", error_get_diag, NULL, "The server's report, field by field: a `Diagnostics`.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef error_methods[] = {
    {"__reduce__", error_reduce, METH_NOARGS, error_reduce_doc},
    {"__setstate__", error_setstate, METH_O, error_setstate_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot error_slots[] = {
    {Py_tp_doc, "Base class for error exceptions."},
    {Py_tp_traverse, error_traverse},
    {Py_tp_clear, error_clear},
    {Py_tp_dealloc, error_dealloc},
    {Py_tp_members, error_members},
    {Py_tp_getset, error_getset},
    {Py_tp_methods, error_methods},
    {0, NULL},
};

static PyType_Spec error_spec = {
    .name = "psycopg2.Error",
    .basicsize = sizeof(error_object),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | COMPAT_TPFLAGS_IMMUTABLE,
    .slots = error_slots,
};

/* -- The tree -- */

typedef struct {
    const char *name; /* with its module */
    const char *base; /* NULL: Exception */
    size_t offset;    /* in module_state */
    const char *doc;
} class_entry;

// A base stands before its subclasses.
static const class_entry classes[] = {
    {"psycopg2.Warning", NULL, offsetof(module_state, Warning), "A database warning."},
    {"psycopg2.InterfaceError", "Error", offsetof(module_state, InterfaceError),
     "Error in the use of the driver rather than in the database."},
    {"psycopg2.DatabaseError", "Error", offsetof(module_state, DatabaseError),
     "Error that comes from the database."},
    {"psycopg2.DataError", "DatabaseError", offsetof(module_state, DataError),
     "Error in the data: a division by zero, a value out of range."},
    {"psycopg2.OperationalError", "DatabaseError", offsetof(module_state, OperationalError),
     "Error in the operation of the database: a lost connection, no memory, a cancelled "
     "statement."},
    {"psycopg2.IntegrityError", "DatabaseError", offsetof(module_state, IntegrityError),
     "Error where the integrity of the database would suffer: a constraint is violated."},
    {"psycopg2.InternalError", "DatabaseError", offsetof(module_state, InternalError),
     "Internal error of the database, or a transaction in the wrong state."},
    {"psycopg2.ProgrammingError", "DatabaseError", offsetof(module_state, ProgrammingError),
     "Error in the program: a table is not found, the SQL is wrong, the parameters do not fit."},
    {"psycopg2.NotSupportedError", "DatabaseError", offsetof(module_state, NotSupportedError),
     "Something was asked for that the database does not support."},
    {"psycopg2.extensions.QueryCanceledError", "OperationalError",
     offsetof(module_state, QueryCanceledError), "A statement was cancelled."},
    {"psycopg2.extensions.TransactionRollbackError", "OperationalError",
     offsetof(module_state, TransactionRollbackError),
     "The server rolled the transaction back: a deadlock, a serialization failure. It may be tried "
     "again."},
};

enum {
    NCLASSES = sizeof classes / sizeof classes[0],
    NSQLSTATES = sizeof sqlstate_table / sizeof sqlstate_table[0]
};

static PyObject **
class_slot(module_state *state, const class_entry *entry)
{
    return (PyObject **)((char *)state + entry->offset);
}

static const char *
short_name(const char *name)
{
    return strrchr(name, '.') + 1;
}

/* A class of the tree by its short name; borrowed, NULL with an exception. */
static PyObject *
class_by_name(module_state *state, const char *name)
{
    if (strcmp(name, "Error") == 0)
        return state->Error;
    for (int i = 0; i < NCLASSES; i++)
        if (strcmp(short_name(classes[i].name), name) == 0)
            return *class_slot(state, &classes[i]);
    PyErr_Format(PyExc_SystemError, "no exception class %s", name);
    return NULL;
}

static int
add_to_module(PyObject *module, const char *name, PyObject *value)
{
    Py_INCREF(value);
    if (PyModule_AddObject(module, name, value) < 0) {
        Py_DECREF(value);
        return -1;
    }
    return 0;
}

static int
make_tree(PyObject *module, module_state *state)
{
    for (int i = 0; i < NCLASSES; i++) {
        const class_entry *entry = &classes[i];
        PyObject *base =
            entry->base ? class_by_name(state, entry->base) : PyExc_Exception;  // borrowed
        if (!base)
            return -1;
        PyObject *made = PyErr_NewExceptionWithDoc(entry->name, entry->doc, base, NULL);
        if (!made)
            return -1;
        Py_XSETREF(*class_slot(state, entry), made);
        if (add_to_module(module, short_name(entry->name), made) < 0)
            return -1;
    }
    return 0;
}

static int
make_sqlstates(PyObject *module, module_state *state)
{
    char name[128], doc[64];
    Py_XSETREF(state->sqlstate_errors, PyDict_New());
    if (!state->sqlstate_errors)
        return -1;
    for (int i = 0; i < NSQLSTATES; i++) {
        const sqlstate_entry *entry = &sqlstate_table[i];
        PyObject *base = class_by_name(state, entry->base);  // borrowed
        if (!base)
            return -1;
        PyOS_snprintf(name, sizeof name, "psycopg2.errors.%s", entry->name);
        PyOS_snprintf(doc, sizeof doc, "SQLSTATE %s. PostgreSQL manual, appendix A.", entry->code);
        PyObject *made = PyErr_NewExceptionWithDoc(name, doc, base, NULL);
        if (!made)
            return -1;
        int failed = PyDict_SetItemString(state->sqlstate_errors, entry->code, made);
        Py_DECREF(made);
        if (failed < 0)
            return -1;
    }
    return add_to_module(module, "sqlstate_errors", state->sqlstate_errors);
}

int
errors_init(PyObject *module, module_state *state)
{
    if (state_add_type(module, &error_spec, PyExc_Exception, &state->Error, "Error") < 0)
        return -1;
    if (make_tree(module, state) < 0)
        return -1;
    return make_sqlstates(module, state);
}

/* -- Raising -- */

/* The class of an SQLSTATE that no class of its own exists for, by its first two characters;
 * borrowed. */
static PyObject *
class_of_sqlstate(module_state *state, const char *code)
{
    static const struct {
        const char
            *prefixes; /* separated by blanks; one character: any class that starts with it */
        size_t offset;
    } table[] = {
        {"08 26 27 28 34 5 H", offsetof(module_state, OperationalError)},
        {"0A", offsetof(module_state, NotSupportedError)},
        {"20 21 3D 3F 42 44", offsetof(module_state, ProgrammingError)},
        {"22", offsetof(module_state, DataError)},
        {"23", offsetof(module_state, IntegrityError)},
        {"24 25 2B 2D 2F 38 39 3B F P X", offsetof(module_state, InternalError)},
        {"40", offsetof(module_state, TransactionRollbackError)},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (const char *at = table[i].prefixes; at; at = strchr(at, ' ')) {
            at += *at == ' ';
            if (code[0] == at[0] && (at[1] == ' ' || !at[1] || code[1] == at[1]))
                return *(PyObject **)((char *)state + table[i].offset);
        }
    return state->DatabaseError;
}

/* The class to raise for `code`; a new reference. The dict is public: what is not a class of ours
 * there is not used. */
static PyObject *
class_for(module_state *state, const char *code)
{
    PyObject *found = NULL;
    PyObject *key = PyUnicode_DecodeUTF8(code, (Py_ssize_t)strlen(code), "replace");
    if (!key)
        return NULL;
    int got = PyDict_GetItemRef(state->sqlstate_errors, key, &found);
    Py_DECREF(key);
    if (got < 0)
        return NULL;
    if (found && PyExceptionClass_Check(found) &&
        PyType_IsSubtype((PyTypeObject *)found, (PyTypeObject *)state->Error))
        return found;
    Py_XDECREF(found);
    return Py_NewRef(class_of_sqlstate(state, code));
}

PyObject *
errors_decode(const text_codec *codec, const char *text)
{
    Py_ssize_t len = (Py_ssize_t)strlen(text);
    if (codec && codec->kind != TEXT_UTF8 && codec->py_name[0]) {
        PyObject *answer = PyUnicode_Decode(text, len, codec->py_name, "replace");
        if (answer || !PyErr_ExceptionMatches(PyExc_LookupError))
            return answer;
        PyErr_Clear();
    }
    return PyUnicode_DecodeUTF8(text, len, "replace");
}

/* How long the "ERROR:  " before the server's message is, in its own language. */
static size_t
severity_len(const pq_error *error)
{
    const char *severity = PQresultErrorField(error->result, PG_DIAG_SEVERITY);
    size_t len = severity ? strlen(severity) : 0;
    if (!len || strncmp(error->message, severity, len) != 0 ||
        strncmp(error->message + len, ":  ", 3) != 0)
        return 0;
    return len + 3;
}

/* Whether the connection was ever made: what fails before that is no error of a session. */
static int
was_connected(const pq_session *session)
{
    return session && session->pg && PQparameterStatus(session->pg, "server_version");
}

/* A new exception of class `type` for `error`. */
static PyObject *
error_new(module_state *state, PyObject *type, pq_error *error, const text_codec *codec,
          const pq_session *session, PyObject *cursor)
{
    const char *sqlstate = PQresultErrorField(error->result, PG_DIAG_SQLSTATE);
    PyObject *exc = NULL;
    PyObject *message = errors_decode(codec, error->message + severity_len(error));
    if (!message)
        goto exit;
    exc = PyObject_CallOneArg(type, message);
    if (!exc || !PyObject_TypeCheck(exc, (PyTypeObject *)state->Error))
        goto exit;  // a class of the program's own, whose __new__ returned something else
    error_object *self = (error_object *)exc;
    if (error->result || was_connected(session)) {
        Py_XSETREF(self->pgerror, errors_decode(codec, error->message));
        if (!self->pgerror)
            Py_CLEAR(exc);
    }
    if (exc && sqlstate) {
        Py_XSETREF(self->pgcode, errors_decode(NULL, sqlstate));
        if (!self->pgcode)
            Py_CLEAR(exc);
    }
    if (!exc)
        goto exit;
    Py_XSETREF(self->cursor, Py_XNewRef(cursor));
    if (codec)
        self->codec = *codec;
    PQclear(self->result);
    self->result = error->result;
    error->result = NULL;

exit:
    Py_XDECREF(message);
    return exc;
}

PyObject *
errors_raise(module_state *state, pq_error *error, const text_codec *codec,
             const pq_session *session, PyObject *cursor)
{
    PyObject *type = NULL, *exc = NULL;
    if (!error->message) {
        PyErr_NoMemory();
        goto exit;
    }
    int lost = !session || error->operational || pq_broken(session);
    const char *sqlstate = PQresultErrorField(error->result, PG_DIAG_SQLSTATE);
    type = sqlstate ? class_for(state, sqlstate) : Py_NewRef(state->DatabaseError);
    if (!type)
        goto exit;
    /* A program that sees an OperationalError connects anew: it must get one, whatever ended the
     * session. */
    if (lost && !PyType_IsSubtype((PyTypeObject *)type, (PyTypeObject *)state->OperationalError))
        Py_SETREF(type, Py_NewRef(state->OperationalError));
    exc = error_new(state, type, error, codec, session, cursor);
    if (exc) {
        PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
        const char *code = sqlstate && PyObject_TypeCheck(exc, (PyTypeObject *)state->Error)
                               ? PQresultErrorField(((error_object *)exc)->result, PG_DIAG_SQLSTATE)
                               : NULL;  // the result is the exception's by now
        if (code)
            errors_note_sqlstate(code, error->message);
    }

exit:
    Py_XDECREF(type);
    Py_XDECREF(exc);
    pq_error_clear(error);
    return NULL;
}

void
errors_make_operational(module_state *state)
{
    if (!PyErr_ExceptionMatches(state->DatabaseError))
        return;
    PyObject *exc = compat_err_take(), *made = NULL;
    error_object *from = (error_object *)exc;
    if (!exc || !PyObject_TypeCheck(exc, (PyTypeObject *)state->Error) || !from->pgerror)
        goto exit;
    PyObject *type = PyErr_GivenExceptionMatches(exc, state->OperationalError)
                         ? (PyObject *)Py_TYPE(exc)
                         : state->OperationalError;
    made = PyObject_CallOneArg(type, from->pgerror);
    if (!made || !PyObject_TypeCheck(made, (PyTypeObject *)state->Error)) {
        PyErr_Clear();
        goto exit;
    }
    error_object *to = (error_object *)made;
    Py_XSETREF(to->pgerror, Py_NewRef(from->pgerror));
    Py_XSETREF(to->pgcode, Py_XNewRef(from->pgcode));
    Py_XSETREF(to->cursor, Py_XNewRef(from->cursor));
    to->codec = from->codec;
    to->result = from->result;
    from->result = NULL;
    Py_SETREF(exc, Py_NewRef(made));

exit:
    Py_XDECREF(made);
    compat_err_restore(exc);
}

void
errors_set_cursor(module_state *state, PyObject *cursor)
{
    if (!PyErr_Occurred() || !PyErr_ExceptionMatches(state->Error))
        return;
    PyObject *exc = compat_err_take();
    /* What a class of the program's own makes may be something else. */
    if (exc && PyObject_TypeCheck(exc, (PyTypeObject *)state->Error) &&
        !((error_object *)exc)->cursor)
        ((error_object *)exc)->cursor = Py_NewRef(cursor);
    compat_err_restore(exc);
}
