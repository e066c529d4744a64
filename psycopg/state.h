/* The state of the module: one for each interpreter that imports it. L0.
 *
 * Types, exceptions, registries and cached objects of all layers live here; objects keep a pointer
 * to it. A layer adds its fields to the list of its own below; every one is visited and cleared by
 * the collector. */
#ifndef PSYCOPG_STATE_H
#define PSYCOPG_STATE_H

#include <Python.h>

#include <stdint.h>

typedef struct module_state module_state;
struct adapt_ctx;
struct cast_ctx;

/* One name a line. */
/* clang-format off */

/* DB-API exceptions and the two that the original keeps in `extensions`. */
#define STATE_ERRORS(X) \
    X(Error) \
    X(Warning) \
    X(InterfaceError) \
    X(DatabaseError) \
    X(DataError) \
    X(OperationalError) \
    X(IntegrityError) \
    X(InternalError) \
    X(ProgrammingError) \
    X(NotSupportedError) \
    X(QueryCanceledError) \
    X(TransactionRollbackError)

/* Objects, by layer. */
#define STATE_OBJECTS(X) \
    X(encodings) /* L0: extensions.encodings */ \
    X(adapters) /* L2: extensions.adapters: (type, protocol) -> adapter */ \
    X(isqlquote_type) /* extensions.ISQLQuote */ \
    X(decimal_type) /* decimal.Decimal */ \
    X(uuid_type) /* uuid.UUID */ \
    X(foreign) /* the module psycopg2._foreign, once imported */ \
    X(composable_type) /* psycopg2.sql.Composable, once imported */ \
    X(string_types) /* L3: extensions.string_types: oid -> caster */ \
    X(binary_types) /* extensions.binary_types */ \
    X(caster_type) /* the type of typecasters */ \
    X(default_caster) /* STRING: what an unknown type is read with */ \
    X(column_type) \
    X(real_dict_row_type) /* extras.RealDictRow */ \
    X(connection_type) /* L4 */ \
    X(cursor_type) \
    X(stream_type) \
    X(lobject_type) \
    X(notify_type) \
    X(repl_connection_type) \
    X(repl_cursor_type) \
    X(repl_message_type) \
    X(xid_type) \
    X(conninfo_type) \
    X(diagnostics_type) \
    X(sqlstate_errors) /* SQLSTATE -> exception class */ \
    X(wait_callback) /* extensions.set_wait_callback(); NULL: none */

/* clang-format on */

/* How many objects each layer may keep in an array of its own, indexed by an enum in its
 * headers. */
enum { STATE_ADAPT_SLOTS = 32, STATE_CAST_SLOTS = 48 };

struct module_state {
#define STATE_FIELD(name) PyObject *name;
    STATE_ERRORS(STATE_FIELD)
    STATE_OBJECTS(STATE_FIELD)
#undef STATE_FIELD
    PyObject *adapt_slots[STATE_ADAPT_SLOTS]; /* adapt.h: adapter types, cached names */
    PyObject *cast_slots[STATE_CAST_SLOTS];   /* cast.h: cached objects of the decoders */

    /* Raised by one whenever extensions.adapters changes; the composer's cache is good while it is
     * equal. */
    uint64_t adapters_generation;
    /* adapt.c's cache, made anew when `adapt_cache_generation` != adapters_generation: bit k is set
     * while built-in kind k still has its own adapter, so that its value may be written straight
     * into the buffer. */
    uint64_t adapt_cache_generation;
    uint32_t adapt_direct;

    /* Set by the module from L4, so that adapters can ask a connection without knowing its struct:
     * fill `ctx` from `conn`. 0, or -1 with TypeError (not a connection) or another exception. */
    int (*adapt_ctx_from_conn)(module_state *state, PyObject *conn, struct adapt_ctx *ctx);
    /* The same for typecasters called by hand: `cursor` may be None; `ctx` is good while it lives.
     */
    int (*cast_ctx_from_cursor)(module_state *state, PyObject *cursor, struct cast_ctx *ctx);
};

/* The state behind a module, or behind a type of ours or any subclass of one (NULL with TypeError:
 * not ours). */
module_state *state_of_module(PyObject *module);
module_state *state_of_type(PyTypeObject *type);
/* state_of_type(Py_TYPE(obj)) */
module_state *state_of(PyObject *obj);

int state_traverse(module_state *state, visitproc visit, void *arg);
void state_clear(module_state *state);

/* Make a heap type from `spec` in `module`, keep it in *slot, and add it to the module under `name`
 * (NULL: do not add). 0 or -1. */
int state_add_type(PyObject *module, PyType_Spec *spec, PyObject *base, PyObject **slot,
                   const char *name);

/* The definition of the module, for state_of_type(); lives in module.c. */
extern struct PyModuleDef psycopg_module;

#endif
