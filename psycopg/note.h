/* Help that goes beside the message of an exception, as a note of PEP 678. L0. */
#ifndef PSYCOPG_NOTE_H
#define PSYCOPG_NOTE_H

#include "psycopg.h"

/* Add a note to the exception that is set; `format` is that of PyUnicode_FromFormat(). Python
 * before 3.11 has no notes: there nothing is done. What goes wrong here is left out: the exception
 * stays as it is, and there is one in every case. */
void note_add(const char *format, ...);
/* The same for a text that is made already (borrowed); NULL: none, and what was raised when it was
 * made is forgotten by the caller. */
void note_add_text(PyObject *text);

#endif
