/* psycopg2.extras.RealDictRow. L3. */
#ifndef PSYCOPG_ROWS_DICT_H
#define PSYCOPG_ROWS_DICT_H

#include "psycopg.h"

int rows_dict_init(PyObject *module, module_state *state);

/* A dict with the keys in `columns` (a tuple of str), for rows_dict_new(). */
PyObject *rows_dict_pattern(PyObject *columns);
/* A row of `type`, RealDictRow: the items of the tuple `values` by the keys in `columns`. */
PyObject *rows_dict_new(PyTypeObject *type, PyObject *columns, PyObject *pattern, PyObject *values);

#endif
