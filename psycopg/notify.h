/* psycopg2.extensions.Notify: what connection.notifies holds. L4. */
#ifndef PSYCOPG_NOTIFY_H
#define PSYCOPG_NOTIFY_H

#include "psycopg.h"

int notify_init(PyObject *module, module_state *state);

/* A new Notify; the texts are decoded with `codec`. */
PyObject *notify_new(module_state *state, const text_codec *codec, int pid, const char *channel,
                     const char *payload);

#endif
