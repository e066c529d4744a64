/* psycopg2.extensions.Xid: the name of a two-phase transaction. L4. */
#ifndef PSYCOPG_XID_H
#define PSYCOPG_XID_H

#include "psycopg.h"

int xid_init(PyObject *module, module_state *state);

/* The Xid of the server's name of a transaction, a str; TypeError for anything else. */
PyObject *xid_from_string(module_state *state, PyObject *text);

/* Tell where a transaction that tpc_recover() found comes from: `prepared`, `owner`, `database`. 0.
 */
int xid_set_origin(PyObject *xid, PyObject *prepared, PyObject *owner, PyObject *database);

#endif
