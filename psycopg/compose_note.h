/* What to say beside the message when a query and its parameters do not fit. L2. */
#ifndef PSYCOPG_COMPOSE_NOTE_H
#define PSYCOPG_COMPOSE_NOTE_H

#include "psycopg.h"

typedef enum {
    SLIP_NONE,
    SLIP_COUNT,      /* more or fewer parameters than placeholders */
    SLIP_MAPPING,    /* %s, and the parameters have names */
    SLIP_NO_INDEX,   /* %s, and they have no order at all */
    SLIP_SEQUENCE,   /* %(name)s, and they have no names */
    SLIP_KEY,        /* a name that they lack */
    SLIP_CHARACTER,  /* a % with another letter */
    SLIP_INCOMPLETE, /* a % at the end */
    SLIP_MIXED,      /* %s and %(name)s */
} compose_slip;

/* Add the note to the exception that is set. */
void compose_note(compose_slip slip, const char *query, Py_ssize_t len, PyObject *args);

#endif
