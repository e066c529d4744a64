/* Encodings: PostgreSQL's names, Python's codecs, text to bytes and back. L0. */
#ifndef PSYCOPG_TEXT_H
#define PSYCOPG_TEXT_H

#include <Python.h>

#include "bytebuf.h"
#include "state.h"

typedef enum { TEXT_UTF8, TEXT_LATIN1, TEXT_ASCII, TEXT_OTHER } text_kind;

/* A letter that Python and PostgreSQL read differently from the same bytes. */
typedef struct {
    uint16_t python, server;
} text_letter;

/* A client encoding, by value: no Python object in it. */
typedef struct {
    text_kind kind;
    int unsafe_trail; /* the second byte of a character may be an ASCII quote or backslash */
    int keeps_ascii;  /* ASCII characters are written as themselves, so that ASCII text needs no
                         encoder */
    int one_byte;     /* a letter is a byte: the codec then gives back what it was given */
    const text_letter *letters; /* ended by 0; NULL: none */
    const char *reader;         /* the codec to decode with, where it is not py_name; or NULL */
    char pg_name[24]; /* as the server reports it: "UTF8", "EUC_JIS_2004"; "" while unknown */
    char py_name[32]; /* "utf_8"; "" where Python has no codec */
} text_codec;

/* A new dict PostgreSQL name (and the names without "_") -> Python codec name:
 * `extensions.encodings`. */
PyObject *text_encodings_new(void);

/* Look `pg_name` up in state->encodings. Always fills `codec`; an encoding that Python cannot read
 * has py_name "", and text_decode() and text_encode_to() then raise. 0, or -1 with an exception (a
 * broken entry in the dict). */
int text_codec_init(text_codec *codec, module_state *state, const char *pg_name);

/* Let `codec` use Python's codec `py_name`, for an encoding that was chosen by hand; pg_name and
 * what is known of its bytes stay. A codec that Python lacks is told by the first use. 0, or -1
 * with an exception. */
int text_codec_set_python(text_codec *codec, const char *py_name);

/* A str from the server's bytes. Errors: UnicodeDecodeError; NotSupportedError without a codec. */
PyObject *text_decode(const text_codec *codec, module_state *state, const char *bytes,
                      Py_ssize_t len);

/* The bytes of `str` for the server, as a new bytes object. Errors: UnicodeEncodeError (also for
 * lone surrogates, and for a letter that the server would read as another one);
 * NotSupportedError without a codec. */
PyObject *text_encode(const text_codec *codec, module_state *state, PyObject *str);

/* For UTF-8 and ASCII-only text: the bytes without a copy (borrowed from `str`); NULL without an
 * exception where a real encoding is needed: then call text_encode(). */
const char *text_peek(const text_codec *codec, PyObject *str, Py_ssize_t *len);

#endif
