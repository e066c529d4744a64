/* Which adapter a value gets, and what is made of it. */
#include "adapt.h"

#include "adapt_impl.h"
#include "note.h"

/* Of each kind: how it is written. Its adapter is in state->adapt_slots at the same index. */
static const adapt_writer writers[ADAPT_KINDS] = {
    [ADAPT_NONE] = adapt_write_none,         [ADAPT_BOOL] = adapt_write_bool,
    [ADAPT_INT] = adapt_write_int,           [ADAPT_FLOAT] = adapt_write_float,
    [ADAPT_STR] = adapt_write_str,           [ADAPT_BYTES] = adapt_write_binary,
    [ADAPT_BYTEARRAY] = adapt_write_binary,  [ADAPT_MEMORYVIEW] = adapt_write_binary,
    [ADAPT_DATE] = adapt_write_date,         [ADAPT_TIME] = adapt_write_time,
    [ADAPT_DATETIME] = adapt_write_datetime, [ADAPT_TIMEDELTA] = adapt_write_timedelta,
    [ADAPT_DECIMAL] = adapt_write_decimal,   [ADAPT_UUID] = adapt_write_uuid,
    [ADAPT_LIST] = adapt_write_list,         [ADAPT_TUPLE] = adapt_write_tuple,
};

/* The type that a kind is of. Borrowed. */
static PyTypeObject *
type_of_kind(const module_state *state, adapt_kind kind)
{
    switch (kind) {
    case ADAPT_NONE:
        return Py_TYPE(Py_None);
    case ADAPT_BOOL:
        return &PyBool_Type;
    case ADAPT_INT:
        return &PyLong_Type;
    case ADAPT_FLOAT:
        return &PyFloat_Type;
    case ADAPT_STR:
        return &PyUnicode_Type;
    case ADAPT_BYTES:
        return &PyBytes_Type;
    case ADAPT_BYTEARRAY:
        return &PyByteArray_Type;
    case ADAPT_MEMORYVIEW:
        return &PyMemoryView_Type;
    case ADAPT_DATE:
        return (PyTypeObject *)state->adapt_slots[SLOT_DATE_TYPE];
    case ADAPT_TIME:
        return (PyTypeObject *)state->adapt_slots[SLOT_TIME_TYPE];
    case ADAPT_DATETIME:
        return (PyTypeObject *)state->adapt_slots[SLOT_DATETIME_TYPE];
    case ADAPT_TIMEDELTA:
        return (PyTypeObject *)state->adapt_slots[SLOT_TIMEDELTA_TYPE];
    case ADAPT_DECIMAL:
        return (PyTypeObject *)state->decimal_type;
    case ADAPT_UUID:
        return (PyTypeObject *)state->uuid_type;
    case ADAPT_LIST:
        return &PyList_Type;
    case ADAPT_TUPLE:
        return &PyTuple_Type;
    case ADAPT_KINDS:
        break;
    }
    return NULL;
}

/* The kind of an exact type; ADAPT_KINDS: none. The frequent ones first. */
static inline adapt_kind
kind_of_type(const module_state *state, const PyTypeObject *type)
{
    if (type == &PyUnicode_Type)
        return ADAPT_STR;
    if (type == &PyLong_Type)
        return ADAPT_INT;
    if (type == Py_TYPE(Py_None))
        return ADAPT_NONE;
    if (type == &PyFloat_Type)
        return ADAPT_FLOAT;
    if (type == &PyBool_Type)
        return ADAPT_BOOL;
    const PyObject *object = (const PyObject *)type;
    if (object == state->adapt_slots[SLOT_DATETIME_TYPE])
        return ADAPT_DATETIME;
    if (object == state->adapt_slots[SLOT_DATE_TYPE])
        return ADAPT_DATE;
    if (object == state->decimal_type)
        return ADAPT_DECIMAL;
    if (type == &PyBytes_Type)
        return ADAPT_BYTES;
    if (type == &PyList_Type)
        return ADAPT_LIST;
    if (type == &PyTuple_Type)
        return ADAPT_TUPLE;
    if (object == state->uuid_type)
        return ADAPT_UUID;
    if (object == state->adapt_slots[SLOT_TIMEDELTA_TYPE])
        return ADAPT_TIMEDELTA;
    if (object == state->adapt_slots[SLOT_TIME_TYPE])
        return ADAPT_TIME;
    if (type == &PyMemoryView_Type)
        return ADAPT_MEMORYVIEW;
    if (type == &PyByteArray_Type)
        return ADAPT_BYTEARRAY;
    return ADAPT_KINDS;
}

/* What the registry has for exactly (type, protocol): 1 found (a new reference), 0 missing, -1
 * error. */
static int
find_exact(module_state *state, PyObject *type, PyObject *protocol, PyObject **adapter)
{
    PyObject *key = PyTuple_Pack(2, type, protocol);
    if (!key)
        return -1;
    int found = PyDict_GetItemRef(state->adapters, key, adapter);
    Py_DECREF(key);
    return found;
}

/* The same for the first superclass that has one. */
static int
find_inherited(module_state *state, PyTypeObject *type, PyObject *protocol, PyObject **adapter)
{
    PyObject *mro = Py_XNewRef(type->tp_mro);
    int found = 0;
    for (Py_ssize_t i = 1; mro && !found && i < PyTuple_GET_SIZE(mro); i++)
        found = find_exact(state, PyTuple_GET_ITEM(mro, i), protocol, adapter);
    Py_XDECREF(mro);
    return found;
}

/* Find out which kinds still have their own adapter. */
static int
refresh_direct(module_state *state)
{
    uint64_t generation = state->adapters_generation;
    uint32_t direct = 0;
    for (int kind = 0; kind < ADAPT_KINDS; kind++) {
        PyObject *type = (PyObject *)type_of_kind(state, (adapt_kind)kind), *adapter = NULL;
        if (find_exact(state, type, state->isqlquote_type, &adapter) < 0)
            return -1;
        if (adapter && adapter == state->adapt_slots[kind])
            direct |= 1u << kind;
        Py_XDECREF(adapter);
    }
    state->adapt_direct = direct;
    state->adapt_cache_generation = generation;
    return 0;
}

/* Can a value of this exact kind be written as it is? 1 or 0, -1 error. */
static inline int
is_direct(module_state *state, adapt_kind kind)
{
    if (state->adapt_cache_generation != state->adapters_generation && refresh_direct(state) < 0)
        return -1;
    return kind != ADAPT_KINDS && (state->adapt_direct >> kind & 1);
}

int
adapt_are_direct(module_state *state, uint32_t kinds)
{
    if (is_direct(state, ADAPT_NONE) < 0)
        return -1;
    return (state->adapt_direct & kinds) == kinds;
}

/* Ask the value itself. 1: an adapter in *adapter; 0: it has none, and perhaps in *cause the
 * exception that says why; -1 error. A TypeError of __conform__() only means that it does not do
 * this protocol. */
static int
ask_conform(module_state *state, PyObject *value, PyObject *protocol, PyObject **adapter,
            PyObject **cause)
{
    PyObject *method = NULL, *result = NULL;
    int found = compat_lookup_attr(value, state->adapt_slots[SLOT_STR_CONFORM], &method);
    if (found == 0)
        return 0;
    if (found > 0) {
        result = PyObject_CallOneArg(method, protocol);
        Py_DECREF(method);
    }
    if (!result) {
        if (!PyErr_ExceptionMatches(found < 0 ? PyExc_Exception : PyExc_TypeError) ||
            PyErr_ExceptionMatches(PyExc_MemoryError) ||
            PyErr_ExceptionMatches(PyExc_RecursionError))
            return -1;
        *cause = compat_err_take();
        return 0;
    }
    if (result == Py_None) {
        Py_DECREF(result);
        return 0;
    }
    *adapter = result;
    return 1;
}

/* Call a function of the module psycopg2._foreign. NULL, perhaps with an exception that ends the
 * program: that it cannot be imported, as when the interpreter ends, means that it knows nothing.
 */
static PyObject *
ask_foreign(module_state *state, const char *function, PyObject *argument)
{
    PyObject *answer = NULL;
    if (!state->foreign)
        state->foreign = PyImport_ImportModule("psycopg2._foreign");
    if (state->foreign)
        answer = PyObject_CallMethod(state->foreign, function, "O", argument);
    if (!answer && PyErr_ExceptionMatches(PyExc_Exception) &&
        !PyErr_ExceptionMatches(PyExc_MemoryError))
        PyErr_Clear();
    return answer;
}

static void
raise_cannot_adapt(module_state *state, PyObject *value, PyObject *cause)
{
    PyErr_Format(state->ProgrammingError, "can't adapt type '%.200s'", Py_TYPE(value)->tp_name);
    PyObject *error = compat_err_take();
    if (error && cause)
        PyException_SetCause(error, Py_NewRef(cause));
    PyObject *text = error ? ask_foreign(state, "advice", value) : NULL;
    compat_err_restore(error);
    if (text)
        note_add_text(text);
    Py_XDECREF(text);
}

/* What makes an adapter of a type that is another library's: 1 with *factory, 0 there is none, -1.
 */
static int
find_foreign(module_state *state, PyObject *type, PyObject **factory)
{
    PyObject *found = ask_foreign(state, "find_adapter", type);
    if (found && found != Py_None) {
        *factory = found;
        return 1;
    }
    Py_XDECREF(found);
    return PyErr_Occurred() ? -1 : 0;
}

/* What another protocol than ISQLQuote makes of the value by its own __adapt__() (PEP 246): 1 with
 * *adapter, 0 nothing, -1. */
static int
ask_protocol(module_state *state, PyObject *value, PyObject *protocol, PyObject **adapter)
{
    PyObject *result;
    if (protocol == state->isqlquote_type || PyType_Check(protocol) ||
        !PyObject_HasAttrString(protocol, "__adapt__"))
        return 0;
    result = PyObject_CallMethod(protocol, "__adapt__", "O", value);
    if (!result)
        return -1;
    if (result != Py_None) {
        *adapter = result;
        return 1;
    }
    Py_DECREF(result);
    return 0;
}

/* Look for an adapter in the documented order: the exact type, __conform__(), superclasses; then
 * what is known of other libraries. Fills
 * *factory (to be called with the value) or *adapter (made already). 0, or -1 with an exception. */
static int
find_adapter(module_state *state, PyObject *value, PyObject *protocol, PyObject **factory,
             PyObject **adapter)
{
    PyObject *type = Py_NewRef((PyObject *)Py_TYPE(value));  // __conform__() may give it another
    PyObject *cause = NULL;
    int found = find_exact(state, type, protocol, factory);
    if (!found)
        found = ask_conform(state, value, protocol, adapter, &cause);
    if (!found)
        found = find_inherited(state, (PyTypeObject *)type, protocol, factory);
    if (!found)
        found = ask_protocol(state, value, protocol, adapter);
    if (!found && protocol == state->isqlquote_type)
        found = find_foreign(state, type, factory);
    if (!found)
        raise_cannot_adapt(state, value, cause);
    Py_DECREF(type);
    Py_XDECREF(cause);
    return found > 0 ? 0 : -1;
}

PyObject *
adapt_object(module_state *state, PyObject *obj, PyObject *protocol, PyObject *Py_UNUSED(alternate))
{
    PyObject *factory = NULL, *adapter = NULL;
    if (find_adapter(state, obj, protocol ? protocol : state->isqlquote_type, &factory, &adapter) <
        0)
        return NULL;
    if (factory) {
        adapter = PyObject_CallOneArg(factory, obj);
        Py_DECREF(factory);
    }
    return adapter;
}

int
adapt_prepare(const adapt_ctx *ctx, PyObject *adapter)
{
    PyObject *method = NULL;
    if (!ctx->conn)
        return 0;
    int found = compat_lookup_attr(adapter, ctx->state->adapt_slots[SLOT_STR_PREPARE], &method);
    if (found <= 0)
        return found;
    PyObject *result = PyObject_CallOneArg(method, ctx->conn);
    Py_DECREF(method);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

int
adapt_write_adapter(const adapt_ctx *ctx, PyObject *adapter, bytebuf *out)
{
    module_state *state = ctx->state;
    PyObject *quoted = NULL;
    int rc = -1;
    if ((PyObject *)Py_TYPE(adapter) == state->adapt_slots[SLOT_ASIS])
        return adapt_box_write((adapt_box *)adapter, ctx, out);
    if (adapt_prepare(ctx, adapter) == 0)
        quoted = PyObject_CallMethodNoArgs(adapter, state->adapt_slots[SLOT_STR_GETQUOTED]);
    if (!quoted)
        return -1;
    if (PyUnicode_Check(quoted))
        Py_SETREF(quoted, text_encode(&ctx->codec, state, quoted));
    if (quoted && PyBytes_Check(quoted))
        rc = adapt_put(out, PyBytes_AS_STRING(quoted), (size_t)PyBytes_GET_SIZE(quoted));
    else if (quoted)
        PyErr_Format(PyExc_ValueError, "only bytes values expected, got %.200s",
                     Py_TYPE(quoted)->tp_name);
    Py_XDECREF(quoted);
    return rc;
}

/* The kind whose own adapter `factory` is, when `value` is of that kind or a subclass: then there
 * is no need of an object to hold it. ADAPT_KINDS: none. */
static adapt_kind
kind_of_factory(const module_state *state, PyObject *factory, PyObject *value)
{
    for (int kind = 0; kind < ADAPT_KINDS; kind++) {
        if (state->adapt_slots[kind] == factory &&
            PyObject_TypeCheck(value, type_of_kind(state, (adapt_kind)kind)))
            return (adapt_kind)kind;
    }
    return ADAPT_KINDS;
}

int
adapt_direct_kind(module_state *state, PyObject *value)
{
    adapt_kind kind = kind_of_type(state, Py_TYPE(value));
    int direct = is_direct(state, kind);
    return direct < 0 ? -1 : direct ? (int)kind : ADAPT_KINDS;
}

int
adapt_choose(const adapt_ctx *ctx, PyObject *value, adapt_kind *kind, PyObject **adapter)
{
    module_state *state = ctx->state;
    PyObject *factory = NULL;
    *kind = kind_of_type(state, Py_TYPE(value));
    *adapter = NULL;
    int direct = is_direct(state, *kind);
    if (direct)
        return direct;
    if (find_adapter(state, value, state->isqlquote_type, &factory, adapter) < 0)
        return -1;
    *kind = factory ? kind_of_factory(state, factory, value) : ADAPT_KINDS;
    if (factory && *kind == ADAPT_KINDS)
        *adapter = PyObject_CallOneArg(factory, value);
    Py_XDECREF(factory);
    return *kind == ADAPT_KINDS && !*adapter ? -1 : 0;
}

int
adapt_write_kind(const adapt_ctx *ctx, adapt_kind kind, PyObject *value, bytebuf *out)
{
    return writers[kind](ctx, value, out);
}

int
adapt_value_in_tuple(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    adapt_kind kind;
    PyObject *adapter;
    if (adapt_choose(ctx, value, &kind, &adapter) < 0)
        return -1;
    if (!adapter)
        return writers[kind](ctx, value, out);
    int rc = adapt_write_adapter(ctx, adapter, out);
    Py_DECREF(adapter);
    return rc;
}

int
adapt_value(const adapt_ctx *ctx, PyObject *value, bytebuf *out)
{
    if (value == Py_None)  // whatever the registry says
        return adapt_put_literal(out, "NULL");
    return adapt_value_in_tuple(ctx, value, out);
}

int
adapt_is_list(const adapt_ctx *ctx, PyObject *value)
{
    module_state *state = ctx->state;
    if (!PyList_Check(value))
        return 0;
    if (PyList_CheckExact(value))
        return is_direct(state, ADAPT_LIST);
    PyObject *adapter = NULL;
    int found = find_exact(state, (PyObject *)Py_TYPE(value), state->isqlquote_type, &adapter);
    Py_XDECREF(adapter);
    if (found)
        return found < 0 ? -1 : 0;
    PyObject *method = NULL;
    found = compat_lookup_attr(value, state->adapt_slots[SLOT_STR_CONFORM], &method);
    Py_XDECREF(method);
    if (found)
        return found < 0 ? -1 : 0;
    found = find_inherited(state, Py_TYPE(value), state->isqlquote_type, &adapter);
    if (found > 0)
        found = adapter == state->adapt_slots[ADAPT_LIST];
    Py_XDECREF(adapter);
    return found;
}

PyObject *
adapt_quoted(const adapt_ctx *ctx, PyObject *value)
{
    bytebuf out = BYTEBUF_INIT;
    PyObject *result = NULL;
    if (adapt_value(ctx, value, &out) == 0)
        result = PyBytes_FromStringAndSize(out.data, (Py_ssize_t)out.len);
    bytebuf_free(&out);
    return result;
}

void
adapt_ctx_default(adapt_ctx *ctx, module_state *state)
{
    *ctx = (adapt_ctx){.state = state, .std_strings = 1};
    ctx->codec.kind = TEXT_LATIN1;
    ctx->codec.keeps_ascii = 1;
    strcpy(ctx->codec.py_name, "latin1");
}

int
adapt_fill_registry(module_state *state)
{
    for (int kind = 0; kind < ADAPT_KINDS; kind++) {
        PyObject *key =
            PyTuple_Pack(2, type_of_kind(state, (adapt_kind)kind), state->isqlquote_type);
        int rc = key ? PyDict_SetItem(state->adapters, key, state->adapt_slots[kind]) : -1;
        Py_XDECREF(key);
        if (rc < 0)
            return -1;
    }
    state->adapters_generation++;
    return refresh_direct(state);
}
