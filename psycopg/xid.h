/* psycopg2.extensions.Xid: the name of a two-phase transaction. L4. */
#ifndef PSYCOPG_XID_H
#define PSYCOPG_XID_H

#include "psycopg.h"

int xid_init(PyObject *module, module_state *state);

#endif
