/* A query and its parameters into the text that is sent. L2. */
#ifndef PSYCOPG_COMPOSE_H
#define PSYCOPG_COMPOSE_H

#include "adapt.h"

/* Append the query to `out`, each placeholder replaced by its adapted parameter. `query` is in the
 * client encoding. `args` is what the caller gave: NULL or None (the query is copied as it is, %%
 * included), a mapping or a sequence (or an iterable of them that the original takes). 0, or -1
 * with an exception of the class that the original raises (TypeError, KeyError, IndexError,
 * ProgrammingError, ValueError). */
int compose_query(const adapt_ctx *ctx, const char *query, Py_ssize_t len, PyObject *args,
                  bytebuf *out);

/* The bytes of a query given as str, bytes or psycopg2.sql.Composable: a new bytes object in the
 * client encoding. An empty or wrong-typed query raises what the original raises; a NUL in it is a
 * ValueError. */
PyObject *compose_query_bytes(const adapt_ctx *ctx, PyObject *query);

#endif
