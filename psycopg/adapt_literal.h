/* SQL literals back into the text of their values. L2. */
#ifndef PSYCOPG_ADAPT_LITERAL_H
#define PSYCOPG_ADAPT_LITERAL_H

#include "bytebuf.h"

/* What a value's text is. */
typedef enum {
    VALUE_NO_MEMORY = -2,
    VALUE_FAILED = -1, /* an exception is set; not by adapt_literal_read() */
    VALUE_NULL,
    VALUE_PLAIN, /* text of nothing but ASCII letters, digits, and - + . : */
    VALUE_TEXT,  /* any text */
    VALUE_ARRAY, /* the text of an array */
    VALUE_NOT_LITERAL
} value_class;

/* Append the text of the literal at `bytes`, which is in UTF-8 (or in any encoding where an ASCII
 * byte always is that character): NULL, true, false, a number, a string with or without E, or
 * ARRAY[] of these; casts without modifiers may follow it. VALUE_NOT_LITERAL: it is something else.
 * `std_strings`: in a string without E a backslash is a backslash. */
value_class adapt_literal_read(const char *bytes, size_t len, int std_strings, bytebuf *out);

/* Put double quotes around the text from `start` on, as arrays, records and ranges have them: a
 * backslash goes before each quote and backslash. 0, or -1: no memory. */
int adapt_literal_enquote(bytebuf *out, size_t start);

#endif
