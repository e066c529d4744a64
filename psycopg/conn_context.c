/* What composing and typecasting need to know of a connection: the contexts of L2 and L3. */
#include "conn.h"

#include <string.h>

int
conn_adapt_ctx_of(module_state *state, PyObject *conn, adapt_ctx *ctx)
{
    if (!Connection_Check(state, conn)) {
        PyErr_Format(PyExc_TypeError,
                     "argument 1 must be psycopg2.extensions.connection, not %.200s",
                     Py_TYPE(conn)->tp_name);
        return -1;
    }
    conn_adapt_ctx((connection_object *)conn, ctx);
    return 0;
}

/* For a moment the session is needed: libpq notes what is not valid in the connection. */
static size_t
escape(void *arg, char *to, const char *from, size_t len, int *bad)
{
    connection_object *self = arg;
    int looked = conn_lock_to_look(self);
    PGconn *pg = pq_look(&self->session);
    *bad = looked < 0 || !pg;  // an adapter may have closed the connection
    size_t size = *bad ? 0 : PQescapeStringConn(pg, to, from, len, bad);
    conn_unlock_looked(self, looked);
    return size;
}

void
conn_raise_libpq(connection_object *self, PyObject *type, const char *what)
{
    pq_error error = {0};
    pq_error_set_conn(&error, pq_look(&self->session));
    if (error.message)
        PyErr_Format(type, "%s: %s", what, error.message);
    else
        PyErr_NoMemory();
    pq_error_clear(&error);
}

static PyObject *
quote(connection_object *self, PyObject *bytes,
      char *(*function)(PGconn *pg, const char *text, size_t len))
{
    PyObject *quoted = NULL;
    const char *text = PyBytes_AS_STRING(bytes);
    size_t len = (size_t)PyBytes_GET_SIZE(bytes);
    if (memchr(text, '\0', len)) {
        PyErr_SetString(PyExc_ValueError, "A name cannot contain NUL (0x00) characters.");
        return NULL;
    }
    int looked = conn_lock_to_look(self);
    if (looked < 0)
        return NULL;
    PGconn *pg = pq_look(&self->session);
    char *made = pg ? function(pg, text, len) : NULL;
    if (made)
        quoted = PyBytes_FromString(made);
    else if (pg)
        conn_raise_libpq(self, self->state->ProgrammingError, "can't quote the name");
    else
        (void)conn_check_open(self);  // closed while waiting for it, or by an encoder
    PQfreemem(made);
    conn_unlock_looked(self, looked);
    return quoted;
}

PyObject *
conn_quote_identifier(connection_object *self, PyObject *name)
{
    return quote(self, name, PQescapeIdentifier);
}

PyObject *
conn_quote_literal(connection_object *self, PyObject *text)
{
    return quote(self, text, PQescapeLiteral);
}

void
conn_adapt_ctx(connection_object *self, adapt_ctx *ctx)
{
    *ctx = (adapt_ctx){.state = self->state,
                       .conn = (PyObject *)self,
                       .codec = self->codec,
                       .std_strings = self->std_strings,
                       .sql_intervals = self->sql_intervals,
                       .escape = escape,
                       .session = self};
}

void
conn_cast_ctx(connection_object *self, PyObject *cursor, PyObject *tzinfo_factory, cast_ctx *ctx)
{
    *ctx = (cast_ctx){.state = self->state,
                      .codec = self->codec,
                      .cursor = cursor,
                      .tzinfo_factory = tzinfo_factory,
                      .date_style = self->date_style,
                      .date_order = self->date_order};
}
