/* psycopg2.extensions.Column: one item of cursor.description. L3. */
#ifndef PSYCOPG_COLUMN_H
#define PSYCOPG_COLUMN_H

#include "psycopg.h"

#include "rowbuf.h"

int column_init(PyObject *module, module_state *state);

/* A new Column for a field; the name is decoded with `codec`. display_size, precision, scale and
 * internal_size as the original derives them from type_mod and type_size. */
PyObject *column_new(module_state *state, const text_codec *codec, const rowbuf_field *field);

#endif
