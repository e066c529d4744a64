/* The extension module psycopg2._psycopg: every layer adds what it has. L5. */
#include "psycopg.h"

#include "adapt.h"
#include "cast.h"
#include "column.h"
#include "conn.h"
#include "conn_info.h"
#include "cur.h"
#include "errors.h"
#include "green.h"
#include "lobj.h"
#include "notify.h"
#include "repl.h"
#include "rows_dict.h"
#include "xid.h"

#define STRINGIFY_(x) #x
#define STRINGIFY(x) STRINGIFY_(x)

/* The dict that a caster is registered in: the module's, a connection's or a cursor's; a new
 * reference, since the hash of an OID may be a program's own and change the cursor. */
static PyObject *
types_of_scope(module_state *state, PyObject *scope)
{
    if (!scope || scope == Py_None)
        return Py_NewRef(state->string_types);
    if (Connection_Check(state, scope))
        return Py_NewRef(((connection_object *)scope)->string_types);
    if (Cursor_Check(state, scope)) {
        cursor_object *cursor = (cursor_object *)scope;
        if (!cursor->string_types || cursor->string_types == Py_None) {
            PyObject *types = PyDict_New();
            if (!types)
                return NULL;
            Py_XSETREF(cursor->string_types, types);
        }
        return Py_NewRef(cursor->string_types);
    }
    PyErr_SetString(PyExc_TypeError, "argument 2 must be a connection, cursor or None");
    return NULL;
}

static PyObject *
register_type(PyObject *module, PyObject *args)
{
    module_state *state = state_of_module(module);
    PyObject *caster, *scope = NULL;
    if (!PyArg_ParseTuple(args, "O!|O", state->caster_type, &caster, &scope))
        return NULL;
    PyObject *types = types_of_scope(state, scope);
    int failed = !types || cast_register(state, caster, types) < 0;
    Py_XDECREF(types);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

/* _connect(dsn, connection_factory=None, async_=0): psycopg2.connect() behind its arguments. */
static PyObject *
connect_(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"dsn", "connection_factory", "async", "async_", NULL};
    const char *dsn;
    PyObject *factory = Py_None;
    int is_async = 0, is_async_ = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "s|Oii", names, &dsn, &factory, &is_async,
                                     &is_async_))
        return NULL;
    if (factory == Py_None)
        factory = state_of_module(module)->connection_type;
    return is_async || is_async_ ? PyObject_CallFunction(factory, "si", dsn, 1)
                                 : PyObject_CallFunction(factory, "s", dsn);
}

static PyMethodDef methods[] = {
    {"_connect", COMPAT_METHOD(connect_), METH_VARARGS | METH_KEYWORDS,
     "_connect(dsn, connection_factory=None, async_=0)\n--\n\n"
     "What psycopg2.connect() calls: a connection."},
    {"register_type", register_type, METH_VARARGS,
     "register_type(obj, conn_or_curs=None, /)\n--\n\n"
     "Have the typecaster *obj* read the types whose OIDs are in its `values`: for the cursor or\n"
     "the connection *conn_or_curs*, or in the whole program (None). The cursor's goes before the\n"
     "connection's, and that before the program's; a later one takes the place of an earlier.\n\n"
     "Raises `TypeError` for what is no typecaster, or no connection or cursor."},
    {NULL, NULL, 0, NULL},
};

static int
add_constants(PyObject *module)
{
    return PyModule_AddStringConstant(module, "__version__",
                                      PSYCOPG_VERSION " (dt dec pq3 ext lo64)") < 0 ||
                   PyModule_AddIntConstant(module, "__libpq_version__", pq_compiled_version()) <
                       0 ||
                   PyModule_AddStringConstant(module, "apilevel", "2.0") < 0 ||
                   PyModule_AddIntConstant(module, "threadsafety", 2) < 0 ||
                   PyModule_AddStringConstant(module, "paramstyle", "pyformat") < 0
               ? -1
               : 0;
}

static int
exec(PyObject *module)
{
    static int (*const inits[])(PyObject *, module_state *) = {
        errors_init, diag_init, adapt_init, cast_init,      column_init, rows_dict_init, conn_init,
        cur_init,    lobj_init, xid_init,   conn_info_init, notify_init, repl_init,
    };
    module_state *state = state_of_module(module);
    for (size_t i = 0; i < sizeof inits / sizeof *inits; i++)
        if (inits[i](module, state) < 0)
            return -1;
    if (PyModule_AddFunctions(module, conn_module_methods) < 0 ||
        PyModule_AddFunctions(module, cur_module_methods) < 0 ||
        PyModule_AddFunctions(module, green_module_methods) < 0)
        return -1;
    return add_constants(module);
}

static int
traverse(PyObject *module, visitproc visit, void *arg)
{
    return state_traverse(state_of_module(module), visit, arg);
}

static int
clear(PyObject *module)
{
    state_clear(state_of_module(module));
    return 0;
}

static void
free_(void *module)
{
    (void)clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec},
#if PY_VERSION_HEX >= 0x030c0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED},
#endif
    {0, NULL},
};

struct PyModuleDef psycopg_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "psycopg2._psycopg",
    .m_doc = "psycopg2 PostgreSQL driver",
    .m_size = sizeof(module_state),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = free_,
};

PyMODINIT_FUNC
PyInit__psycopg(void)
{
    return PyModuleDef_Init(&psycopg_module);
}
