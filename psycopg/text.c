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

/* Letters that Python's codec reads otherwise than the server does. Without them a wave dash would
 * be stored as a tilde, or a backslash come back as a yen sign. Found by sending each letter that
 * the codec can write through convert_from(), and each that the server can write the other way. */
static const text_letter big5_letters[] = {
    {0x2cd, 0xfffd}, {0x2574, 0xfffd}, {0xffe3, 0xfffd}, {0, 0}};
static const text_letter euc_jis_2004_letters[] = {
    {0x2015, 0x2014}, {0x2985, 0xff5f}, {0x2986, 0xff60}, {0xffe3, 0x203e}, {0xffe5, 0xa5}, {0, 0}};
static const text_letter euc_jp_letters[] = {
    {0xa2, 0xffe0},   {0xa3, 0xffe1},   {0xa6, 0xffe4},   {0xac, 0xffe2},
    {0x2016, 0x2225}, {0x2212, 0xff0d}, {0x301c, 0xff5e}, {0, 0}};
static const text_letter shift_jis_2004_letters[] = {
    {0xa5, '\\'}, {0x203e, '~'}, {0x2015, 0x2014}, {0x2985, 0xff5f}, {0x2986, 0xff60}, {0, 0}};

/* What is special about a pair of names, given without signs. */
static const struct {
    const char *pg_name, *py_name;
    const text_letter *letters;
    const char *reader;
} special_codecs[] = {
    {"BIG5", "big5", big5_letters, NULL},
    {"EUCJIS2004", "eucjis2004", euc_jis_2004_letters, NULL},
    {"EUCJP", "eucjp", euc_jp_letters, NULL},
    /* Python writes a syllable the set lacks as four letters, which are what the server stores, and
     * reads those as one. cp949 reads the set without that. */
    {"EUCKR", "euckr", NULL, "cp949"},
    {"SHIFTJIS2004", "shiftjis2004", shift_jis_2004_letters, NULL},
};

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

/* Give each letter of `str` (stolen; NULL passes through) that is on the list its other reading. */
static PyObject *
swap_letters(const text_letter *letters, PyObject *str, int to_server)
{
    for (; letters && letters->python && str; letters++) {
        Py_UCS4 from = to_server ? letters->server : letters->python;
        Py_UCS4 to = to_server ? letters->python : letters->server;
        Py_ssize_t at = PyUnicode_FindChar(str, from, 0, PyUnicode_GET_LENGTH(str), 1);
        if (at == -1)
            continue;
        PyObject *found = NULL, *other = NULL, *answer = NULL;
        if (at >= 0 && (found = PyUnicode_FromOrdinal((int)from)) &&
            (other = PyUnicode_FromOrdinal((int)to)))
            answer = PyUnicode_Replace(str, found, other, -1);
        Py_XDECREF(found);
        Py_XDECREF(other);
        Py_SETREF(str, answer);
    }
    return str;
}

/* Decode with a codec that is none of the simple ones. */
static PyObject *
decode_other(const text_codec *codec, const char *bytes, Py_ssize_t len)
{
    const char *py_name = codec->reader ? codec->reader : codec->py_name;
    return swap_letters(codec->letters, PyUnicode_Decode(bytes, len, py_name, "strict"), 0);
}

static void
raise_changed(const text_codec *codec, PyObject *str, Py_ssize_t at)
{
    PyObject *e =
        PyObject_CallFunction(PyExc_UnicodeEncodeError, "sOnns", codec->py_name, str, at, at + 1,
                              "the codec would write another character than the server reads");
    if (e)
        PyErr_SetObject(PyExc_UnicodeEncodeError, e);
    Py_XDECREF(e);
}

/* Whether the server will read `str` from `bytes`: 0, or -1 with UnicodeEncodeError. Some codecs
 * write a letter that their set lacks as one that is like it. */
static int
check_written(const text_codec *codec, PyObject *str, PyObject *bytes)
{
    PyObject *back = decode_other(codec, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    if (!back && !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return -1;
    int same = back ? PyUnicode_Compare(str, back) : 1;
    if (same == 0) {
        Py_DECREF(back);
        return 0;
    }
    PyErr_Clear();  // the UnicodeDecodeError
    Py_ssize_t at = 0, len = PyUnicode_GET_LENGTH(str), end = back ? PyUnicode_GET_LENGTH(back) : 0;
    while (at + 1 < len && at < end &&
           PyUnicode_READ_CHAR(str, at) == PyUnicode_READ_CHAR(back, at))
        at++;
    Py_XDECREF(back);
    raise_changed(codec, str, at);
    return -1;
}

/* Encode with a codec that is none of the simple ones. */
static PyObject *
encode_other(const text_codec *codec, PyObject *str)
{
    PyObject *bytes = NULL, *letters = swap_letters(codec->letters, Py_NewRef(str), 1);
    if (letters)
        bytes = PyUnicode_AsEncodedString(letters, codec->py_name, "strict");
    Py_XDECREF(letters);
    if (bytes && !codec->one_byte && check_written(codec, str, bytes) < 0)
        Py_CLEAR(bytes);
    return bytes;
}

/* Find out how the codec writes ASCII and how many bytes a letter takes. 0, or -1 with an exception
 * which is not about the codec. A codec that Python has not, or which is of another kind, gets 0
 * for both. */
static int
probe_codec(text_codec *codec)
{
    char ascii[127], high[128];
    for (int i = 0; i < 127; i++)
        ascii[i] = (char)(i + 1);
    for (int i = 0; i < 128; i++)
        high[i] = (char)(i + 128);
    PyObject *bytes = NULL, *str = PyUnicode_DecodeASCII(ascii, sizeof(ascii), NULL);
    PyObject *letters =
        str ? PyUnicode_Decode(high, sizeof(high), codec->py_name, "replace") : NULL;
    if (letters) {
        codec->one_byte = PyUnicode_GET_LENGTH(letters) == (Py_ssize_t)sizeof(high);
        bytes = encode_other(codec, str);
    }
    if (bytes)
        codec->keeps_ascii = PyBytes_GET_SIZE(bytes) == (Py_ssize_t)sizeof(ascii) &&
                             !memcmp(PyBytes_AS_STRING(bytes), ascii, sizeof(ascii));
    int rc = 0;
    if (PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_MemoryError) || !PyErr_ExceptionMatches(PyExc_Exception))
            rc = -1;
        else
            PyErr_Clear();
    }
    Py_XDECREF(str);
    Py_XDECREF(letters);
    Py_XDECREF(bytes);
    return rc;
}

int
text_codec_set_python(text_codec *codec, const char *py_name)
{
    size_t len = strlen(py_name);
    if (len >= sizeof(codec->py_name)) {
        PyErr_Format(PyExc_ValueError, "the name of the encoding is too long: '%.200s'", py_name);
        return -1;
    }
    char name[32], pg_name[32];
    squeeze_name(name, sizeof(name), py_name, tolower);
    squeeze_name(pg_name, sizeof(pg_name), codec->pg_name, toupper);
    text_codec new = {.kind = kind_of_codec(py_name),
                      .unsafe_trail = codec->pg_name[0] && codec->unsafe_trail};
    for (const char *const *c = unsafe_py_names; *c && !new.unsafe_trail; c++)
        new.unsafe_trail = !strncmp(name, *c, strlen(*c));
    for (size_t i = 0; i < sizeof(special_codecs) / sizeof(special_codecs[0]); i++) {
        if (!strcmp(pg_name, special_codecs[i].pg_name) &&
            !strcmp(name, special_codecs[i].py_name)) {
            new.letters = special_codecs[i].letters;
            new.reader = special_codecs[i].reader;
        }
    }
    memcpy(new.pg_name, codec->pg_name, sizeof(new.pg_name));
    memcpy(new.py_name, py_name, len + 1);
    if (new.kind != TEXT_OTHER)
        new.keeps_ascii = 1;
    else if (len && probe_codec(&new) < 0)
        return -1;
    *codec = new;
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
    return decode_other(codec, bytes, len);
}

PyObject *
text_encode(const text_codec *codec, module_state *state, PyObject *str)
{
    if (!PyUnicode_Check(str)) {
        PyErr_Format(PyExc_TypeError, "expected str, got %.200s", Py_TYPE(str)->tp_name);
        return NULL;
    }
    if (PyUnicode_READY(str) < 0)
        return NULL;
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
    if (codec->keeps_ascii && PyUnicode_IS_ASCII(str))
        return PyUnicode_AsASCIIString(str);
    return encode_other(codec, str);
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
