/* What composing and typecasting need to know of a connection: the contexts of L2 and L3. */
#include "conn.h"

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

static size_t
escape(void *session, char *to, const char *from, size_t len, int *bad)
{
    PGconn *pg = ((pq_session *)session)->pg;
    *bad = !pg;  // an adapter may have closed the connection
    return pg ? PQescapeStringConn(pg, to, from, len, bad) : 0;
}

void
conn_adapt_ctx(connection_object *self, adapt_ctx *ctx)
{
    *ctx = (adapt_ctx){.state = self->state,
                       .conn = (PyObject *)self,
                       .codec = self->codec,
                       .std_strings = self->std_strings,
                       .escape = escape,
                       .session = &self->session};
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
