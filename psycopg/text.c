#include "text.h"

#include "compat.h"

#include <ctype.h>
#include <string.h>

/* PostgreSQL's names for character sets, with their aliases and the codec of Python that reads
 * them. Each is in `extensions.encodings` as it stands and without its underscores, which is how a
 * connection may spell it. From the chapter "Character Set Support" of the PostgreSQL manual. */
static const struct {
    const char *pg_name;
    const char *py_name;
} known_encodings[] = {
    {"ABC", "cp1258"},
    {"ALT", "cp866"},
    {"BIG5", "big5"},
    {"EUC_CN", "euccn"},
    {"EUC_JIS_2004", "euc_jis_2004"},
    {"EUC_JP", "euc_jp"},
    {"EUC_KR", "euc_kr"},
    {"GB18030", "gb18030"},
    {"GBK", "gbk"},
    {"ISO_8859_1", "iso8859_1"},
    {"ISO_8859_2", "iso8859_2"},
    {"ISO_8859_3", "iso8859_3"},
    {"ISO_8859_5", "iso8859_5"},
    {"ISO_8859_6", "iso8859_6"},
    {"ISO_8859_7", "iso8859_7"},
    {"ISO_8859_8", "iso8859_8"},
    {"ISO_8859_9", "iso8859_9"},
    {"ISO_8859_10", "iso8859_10"},
    {"ISO_8859_13", "iso8859_13"},
    {"ISO_8859_14", "iso8859_14"},
    {"ISO_8859_15", "iso8859_15"},
    {"ISO_8859_16", "iso8859_16"},
    {"JOHAB", "johab"},
    {"KOI8", "koi8_r"},
    {"KOI8R", "koi8_r"},
    {"KOI8U", "koi8_u"},
    {"LATIN1", "iso8859_1"},
    {"LATIN2", "iso8859_2"},
    {"LATIN3", "iso8859_3"},
    {"LATIN4", "iso8859_4"},
    {"LATIN5", "iso8859_9"},
    {"LATIN6", "iso8859_10"},
    {"LATIN7", "iso8859_13"},
    {"LATIN8", "iso8859_14"},
    {"LATIN9", "iso8859_15"},
    {"LATIN10", "iso8859_16"},
    {"MSKANJI", "cp932"},
    {"Mskanji", "cp932"},
    {"SHIFTJIS", "cp932"},
    {"ShiftJIS", "cp932"},
    {"SHIFT_JIS_2004", "shift_jis_2004"},
    {"SJIS", "cp932"},
    {"SQL_ASCII", "ascii"},
    {"TCVN", "cp1258"},
    {"TCVN5712", "cp1258"},
    {"UHC", "cp949"},
    {"UNICODE", "utf_8"},
    {"UTF8", "utf_8"},
    {"VSCII", "cp1258"},
    {"WIN", "cp1251"},
    {"WIN866", "cp866"},
    {"WIN874", "cp874"},
    {"WIN932", "cp932"},
    {"WIN936", "gbk"},
    {"WIN949", "cp949"},
    {"WIN950", "cp950"},
    {"WIN1250", "cp1250"},
    {"WIN1251", "cp1251"},
    {"WIN1252", "cp1252"},
    {"WIN1253", "cp1253"},
    {"WIN1254", "cp1254"},
    {"WIN1255", "cp1255"},
    {"WIN1256", "cp1256"},
    {"WIN1257", "cp1257"},
    {"WIN1258", "cp1258"},
    {"WINDOWS932", "cp932"},
    {"WINDOWS936", "gbk"},
    {"WINDOWS949", "cp949"},
    {"WINDOWS950", "cp950"},
    {"Windows932", "cp932"},
    {"Windows936", "gbk"},
    {"Windows949", "cp949"},
    {"Windows950", "cp950"},
};

/* The client encodings in which the second byte of a character may be an ASCII quote, backslash or
 * letter. */
static const char *const unsafe_pg_names[] = {"BIG5", "GB18030", "GBK",          "JOHAB",
                                              "SJIS", "UHC",     "SHIFTJIS2004", NULL};

/* Beginnings of the names of codecs of Python with the same trait, for an encoding that was set by
 * hand. */
static const char *const unsafe_py_names[] = {
    "big5",  "cp932", "cp936", "cp949", "cp950", "gb18030", "gbk",      "hz",   "iso2022",
    "johab", "ms932", "ms936", "ms949", "ms950", "mskanji", "shiftjis", "sjis", "s_jis",
    "uhc",   "utf16", "utf32", "utf7",  "u16",   "u32",     NULL};

/* Copy `name` without what is not a letter or digit; upper or lower case. */
static void
squeeze_name(char *to, size_t size, const char *name, int (*change)(int))
{
    size_t n = 0;
    for (; *name && n + 1 < size; name++) {
        if (isalnum((unsigned char)*name))
            to[n++] = (char)change((unsigned char)*name);
    }
    to[n] = '\0';
}

static int
add_encoding(PyObject *dict, const char *pg_name, const char *py_name)
{
    PyObject *codec = PyUnicode_InternFromString(py_name);
    int rc = codec ? PyDict_SetItemString(dict, pg_name, codec) : -1;
    Py_XDECREF(codec);
    return rc;
}

PyObject *
text_encodings_new(void)
{
    PyObject *dict = PyDict_New();
    if (!dict)
        return NULL;
    for (size_t i = 0; i < sizeof(known_encodings) / sizeof(known_encodings[0]); i++) {
        const char *pg_name = known_encodings[i].pg_name, *py_name = known_encodings[i].py_name;
        char clean[32];
        size_t n = 0;
        for (const char *c = pg_name; *c && n + 1 < sizeof(clean); c++) {
            if (*c != '_')
                clean[n++] = *c;
        }
        clean[n] = '\0';
        if (add_encoding(dict, pg_name, py_name) < 0 || add_encoding(dict, clean, py_name) < 0) {
            Py_DECREF(dict);
            return NULL;
        }
    }
    return dict;
}

static text_kind
kind_of_codec(const char *py_name)
{
    char name[32];
    squeeze_name(name, sizeof(name), py_name, tolower);
    if (!strcmp(name, "utf8"))
        return TEXT_UTF8;
    if (!strcmp(name, "latin1") || !strcmp(name, "iso88591"))
        return TEXT_LATIN1;
    if (!strcmp(name, "ascii"))
        return TEXT_ASCII;
    return TEXT_OTHER;
}

/* 1 when the codec writes each ASCII character as itself; 0 when it does not, or there is no such
 * codec; -1 on a failure of another kind. Not all do: shift_jis_2004 writes a backslash in two
 * bytes. */
static int
codec_keeps_ascii(const char *py_name)
{
    char all[127];
    for (int i = 0; i < 127; i++)
        all[i] = (char)(i + 1);
    PyObject *bytes = NULL, *str = PyUnicode_DecodeASCII(all, sizeof(all), NULL);
    if (str)
        bytes = PyUnicode_AsEncodedString(str, py_name, "strict");
    int keeps = -1;
    if (bytes)
        keeps = PyBytes_GET_SIZE(bytes) == (Py_ssize_t)sizeof(all) &&
                !memcmp(PyBytes_AS_STRING(bytes), all, sizeof(all));
    else if (PyErr_ExceptionMatches(PyExc_Exception) &&
             !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
        keeps = 0;
    }
    Py_XDECREF(str);
    Py_XDECREF(bytes);
    return keeps;
}

int
text_codec_set_python(text_codec *codec, const char *py_name)
{
    size_t len = strlen(py_name);
    if (len >= sizeof(codec->py_name)) {
        PyErr_Format(PyExc_ValueError, "the name of the encoding is too long: '%.200s'", py_name);
        return -1;
    }
    char name[32];
    squeeze_name(name, sizeof(name), py_name, tolower);
    int unsafe = codec->pg_name[0] && codec->unsafe_trail;
    for (const char *const *c = unsafe_py_names; *c && !unsafe; c++)
        unsafe = !strncmp(name, *c, strlen(*c));
    text_kind kind = kind_of_codec(py_name);
    int keeps_ascii = kind == TEXT_OTHER && len ? codec_keeps_ascii(py_name) : len != 0;
    if (keeps_ascii < 0)
        return -1;
    codec->kind = kind;
    codec->unsafe_trail = unsafe;
    codec->keeps_ascii = keeps_ascii;
    memcpy(codec->py_name, py_name, len + 1);
    return 0;
}

/* The value for `pg_name` in `encodings`, as it stands or without punctuation and in upper case. A
 * new reference; NULL without an exception: not there. */
static PyObject *
find_encoding(PyObject *encodings, const char *pg_name)
{
    char clean[32];
    squeeze_name(clean, sizeof(clean), pg_name, toupper);
    const char *const names[] = {pg_name, clean};
    for (int i = 0; i < 2; i++) {
        PyObject *key = PyUnicode_FromString(names[i]), *value = NULL;
        int found = key ? PyDict_GetItemRef(encodings, key, &value) : -1;
        Py_XDECREF(key);
        if (found)
            return value;
    }
    return NULL;
}

int
text_codec_init(text_codec *codec, module_state *state, const char *pg_name)
{
    memset(codec, 0, sizeof(*codec));
    codec->kind = TEXT_OTHER;
    size_t len = strlen(pg_name);
    if (len >= sizeof(codec->pg_name))
        len = sizeof(codec->pg_name) - 1;
    memcpy(codec->pg_name, pg_name, len);

    char clean[32];
    squeeze_name(clean, sizeof(clean), pg_name, toupper);
    for (const char *const *c = unsafe_pg_names; *c && !codec->unsafe_trail; c++)
        codec->unsafe_trail = !strcmp(clean, *c);

    PyObject *value = find_encoding(state->encodings, pg_name);
    if (!value)
        return PyErr_Occurred() ? -1 : 0;
    int rc = -1;
    const char *py_name = PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;
    if (py_name)
        rc = text_codec_set_python(codec, py_name);
    else if (!PyErr_Occurred())
        PyErr_Format(PyExc_TypeError, "encodings['%s'] must be str, not %.100s", codec->pg_name,
                     Py_TYPE(value)->tp_name);
    Py_DECREF(value);
    return rc;
}

static void
raise_no_codec(const text_codec *codec, module_state *state)
{
    PyErr_Format(state->NotSupportedError, "no Python encoding for PostgreSQL encoding '%s'",
                 codec->pg_name);
}

PyObject *
text_decode(const text_codec *codec, module_state *state, const char *bytes, Py_ssize_t len)
{
    switch (codec->kind) {
    case TEXT_UTF8:
        return PyUnicode_DecodeUTF8(bytes, len, NULL);
    case TEXT_LATIN1:
        return PyUnicode_DecodeLatin1(bytes, len, NULL);
    case TEXT_ASCII:
        return PyUnicode_DecodeASCII(bytes, len, NULL);
    case TEXT_OTHER:
        break;
    }
    if (!codec->py_name[0]) {
        raise_no_codec(codec, state);
        return NULL;
    }
    return PyUnicode_Decode(bytes, len, codec->py_name, "strict");
}

PyObject *
text_encode(const text_codec *codec, module_state *state, PyObject *str)
{
    if (!PyUnicode_Check(str)) {
        PyErr_Format(PyExc_TypeError, "expected str, got %.200s", Py_TYPE(str)->tp_name);
        return NULL;
    }
    switch (codec->kind) {
    case TEXT_UTF8:
        return PyUnicode_AsUTF8String(str);
    case TEXT_LATIN1:
        return PyUnicode_AsLatin1String(str);
    case TEXT_ASCII:
        return PyUnicode_AsASCIIString(str);
    case TEXT_OTHER:
        break;
    }
    if (!codec->py_name[0]) {
        raise_no_codec(codec, state);
        return NULL;
    }
    return PyUnicode_AsEncodedString(str, codec->py_name, "strict");
}

const char *
text_peek(const text_codec *codec, PyObject *str, Py_ssize_t *len)
{
    if (PyUnicode_READY(str) < 0) {
        PyErr_Clear();
        return NULL;
    }
    if (PyUnicode_IS_ASCII(str) && codec->keeps_ascii) {
        *len = PyUnicode_GET_LENGTH(str);
        return (const char *)PyUnicode_1BYTE_DATA(str);
    }
    if (codec->kind != TEXT_UTF8)
        return NULL;
    const char *utf8 = PyUnicode_AsUTF8AndSize(str, len);
    if (!utf8)
        PyErr_Clear();  // a surrogate: text_encode() says so
    return utf8;
}
