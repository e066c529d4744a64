/* The JSON parser's parts; only they include this. L3. */
#ifndef PSYCOPG_CAST_JSON_H
#define PSYCOPG_CAST_JSON_H

#include "cast_impl.h"

/* The keys of objects that were read of late, each made once: a table of bounded size, for all
 * documents. */
typedef struct json_keys json_keys;

/* One document that is being read. What reads a part of it is given where that starts and returns
 * what follows it, or NULL: with an exception, or without one where the part is not what is read
 * here (see cast_json.c). */
typedef struct {
    const char *end; /* of the text */
    json_keys *keys;
    char *scratch; /* json_scratch() */
    /* the values of the arrays and objects that are not complete yet, the outermost's first: */
    PyObject **values;
    Py_ssize_t count, room;
} json_parser;

/* Room for what stands in the text from `p` to its end, and a NUL, to put a value together in; kept
 * for the values that follow. NULL: MemoryError. */
char *json_scratch(json_parser *self, const char *p);

/* cast_json_string.c: a string from behind its opening quote; *value is a new reference. */
const char *json_read_string(json_parser *self, const char *p, PyObject **value);
const char *json_read_key(json_parser *self, const char *p, PyObject **value);

/* cast_json_keys.c: the str of a key of valid UTF-8, or an exception: a new reference. */
PyObject *json_keys_get(json_keys *self, const char *bytes, Py_ssize_t len);
/* An empty table, in a capsule without a name, which frees it. */
PyObject *json_keys_new(void);

#endif
