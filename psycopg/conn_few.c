/* Which statements gave few rows when they were last executed.
 *
 * libpq hands a large result over in chunks, so that it need not be held twice. For a small one the
 * chunks would cost a good part of what the whole statement costs the client. How much will come is
 * known when it is here; so what a statement gave last time is taken for what it gives next time,
 * unless more than a packet is there at the first look. Where it is wrong all the same only memory
 * or time is lost. */
#include "conn.h"

enum {
    MOST_ROWS = 64,
    MOST_BYTES = 1 << 14,
    LONGEST = 1 << 12 /* characters of a statement that is worth knowing again */
};

Py_hash_t
conn_few_key(PyObject *statement)
{
    if ((!PyUnicode_CheckExact(statement) || PyUnicode_GET_LENGTH(statement) > LONGEST) &&
        (!PyBytes_CheckExact(statement) || PyBytes_GET_SIZE(statement) > LONGEST))
        return 0;
    return PyObject_Hash(statement);
}

static Py_hash_t *
place_of(connection_object *self, Py_hash_t key)
{
    return &self->few[(size_t)key % (sizeof self->few / sizeof *self->few)];
}

int
conn_few_expected(connection_object *self, Py_hash_t key)
{
    return key && *place_of(self, key) == key;
}

void
conn_few_learn(connection_object *self, Py_hash_t key, const rowbuf *rows)
{
    if (!key)
        return;
    Py_hash_t *place = place_of(self, key);
    if (rows->nrows <= MOST_ROWS && rows->size <= MOST_BYTES)
        *place = key;
    else if (*place == key)
        *place = 0;
}
