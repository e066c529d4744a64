/* JSON: what json.loads() makes of it, straight from the bytes.
 *
 * Only what is sure is read here. All else is left to the scanner of Python's json and to loads()
 * itself, which decide and raise: malformed text, invalid UTF-8, very deep nesting, NaN and
 * Infinity, halves of surrogate pairs, numbers of thousands of digits. A program that has replaced
 * json.JSONDecoder has all documents read by the scanner of its own. */
#include "cast_json.h"

#include <string.h>

enum {
    DEEPEST = 100,     /* arrays and objects one in the other */
    FIRST_ROOM = 64,   /* values */
    FAST_DIGITS = 19,  /* always fit 64 bits */
    MOST_DIGITS = 4000 /* more may be refused, or read by Python code */
};

char *
json_scratch(json_parser *self, const char *p)
{
    if (!self->scratch && !(self->scratch = PyMem_Malloc((size_t)(self->end - p) + 1)))
        PyErr_NoMemory();
    return self->scratch;
}

/* -- numbers ----------------------------------------------------------------------------------- */

static inline const char *
skip_digits(const char *p, const char *end)
{
    while (p < end && cast_digit(*p) <= 9)
        p++;
    return p;
}

/* What is between two places, and a NUL. */
static char *
copy_text(json_parser *self, const char *first, const char *p)
{
    char *text = json_scratch(self, first);
    if (text) {
        memcpy(text, first, (size_t)(p - first));
        text[p - first] = '\0';
    }
    return text;
}

static const char *
read_long_integer(json_parser *self, const char *first, const char *p, PyObject **value)
{
    char *text = p - first <= MOST_DIGITS ? copy_text(self, first, p) : NULL;
    *value = text ? PyLong_FromString(text, NULL, 10) : NULL;
    return *value ? p : NULL;
}

static const char *
read_long_real(json_parser *self, const char *first, const char *p, PyObject **value)
{
    char *text = copy_text(self, first, p);
    double number = text ? PyOS_string_to_double(text, NULL, NULL) : -1;
    if (number == -1 && PyErr_Occurred())
        return NULL;
    *value = PyFloat_FromDouble(number);
    return *value ? p : NULL;
}

/* A number with a fraction or an exponent, or both, from `p` on. */
static const char *
read_real(json_parser *self, const char *first, const char *p, PyObject **value)
{
    const char *end = self->end;
    if (*p == '.') {
        const char *digits = p + 1;
        p = skip_digits(digits, end);
        if (p == digits)
            return NULL;
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        const char *digits = p;
        p = skip_digits(digits, end);
        if (p == digits)
            return NULL;
    }
    double number;
    if (!cast_parse_double(first, p - first, &number))
        return read_long_real(self, first, p, value);
    *value = PyFloat_FromDouble(number);
    return *value ? p : NULL;
}

static inline const char *
read_number(json_parser *self, const char *p, PyObject **value)
{
    const char *first = p, *end = self->end;
    int negative = *p == '-';
    const char *digits = p += negative;
    uint64_t number = 0; /* wraps where the digits are too many */
    for (unsigned one; p < end && (one = cast_digit(*p)) <= 9; p++)
        number = number * 10 + one;
    Py_ssize_t count = p - digits;
    if (!count || (*digits == '0' && count > 1))
        return NULL;
    if (p < end && (*p == '.' || (*p | 0x20) == 'e'))
        return read_real(self, first, p, value);
    if (count > FAST_DIGITS || number > INT64_MAX)
        return read_long_integer(self, first, p, value);
    *value = PyLong_FromLongLong(negative ? -(long long)number : (long long)number);
    return *value ? p : NULL;
}

/* -- values that hold others ------------------------------------------------------------------- */

static inline const char *
skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* Make room for more values; the first are in memory of the caller. 0, or -1 with MemoryError. */
static int
grow(json_parser *self)
{
    size_t size = (size_t)self->room * sizeof *self->values;
    PyObject **old = self->room == FIRST_ROOM ? NULL : self->values;
    PyObject **values = size > PY_SSIZE_T_MAX / 2 ? NULL : PyMem_Realloc(old, 2 * size);
    if (!values) {
        PyErr_NoMemory();
        return -1;
    }
    if (!old)
        memcpy(values, self->values, size);
    self->values = values;
    self->room *= 2;
    return 0;
}

/* Keep a value that was read up to `p` (NULL: none was). Steals it; `p`, or NULL. */
static inline const char *
push(json_parser *self, PyObject *value, const char *p)
{
    if (!p)
        return NULL;
    if (self->count == self->room && grow(self) < 0) {
        Py_DECREF(value);
        return NULL;
    }
    self->values[self->count++] = value;
    return p;
}

/* Put the values from number `first` on into a list in their place. */
static const char *
close_array(json_parser *self, Py_ssize_t first, const char *p)
{
    PyObject *list = PyList_New(self->count - first);
    if (!list)
        return NULL;
    for (Py_ssize_t i = first; i < self->count; i++)
        PyList_SET_ITEM(list, i - first, self->values[i]);
    self->count = first;
    return push(self, list, p);
}

/* Put keys and values by turns, from number `first` on, into a dict in their place. */
static const char *
close_object(json_parser *self, Py_ssize_t first, const char *p)
{
    PyObject *dict = PyDict_New();
    if (!dict)
        return NULL;
    PyObject **values = self->values;
    for (Py_ssize_t i = first; i < self->count; i += 2) {
        if (PyDict_SetItem(dict, values[i], values[i + 1]) < 0) {
            Py_DECREF(dict);
            return NULL;
        }
    }
    while (self->count > first)
        Py_DECREF(values[--self->count]);
    return push(self, dict, p);
}

typedef const char *(*item_reader)(json_parser *self, const char *p, int depth);
typedef const char *(*closer)(json_parser *self, Py_ssize_t first, const char *p);

static const char *read_value(json_parser *self, const char *p, int depth);

/* An array or object from its opening bracket on; both have commas between their items. */
static inline const char *
read_items(json_parser *self, const char *p, int depth, char bracket, item_reader read_item,
           closer close)
{
    const char *end = self->end;
    Py_ssize_t first = self->count;
    p = skip_space(p + 1, end);
    if (p < end && *p == bracket)
        return close(self, first, p + 1);
    for (;;) {
        p = read_item(self, p, depth);
        p = p ? skip_space(p, end) : end;
        if (p == end)
            return NULL;
        if (*p == bracket)
            return close(self, first, p + 1);
        if (*p != ',')
            return NULL;
        p = skip_space(p + 1, end);
    }
}

static const char *
read_array(json_parser *self, const char *p, int depth)
{
    return read_items(self, p, depth, ']', read_value, close_array);
}

static const char *
read_pair(json_parser *self, const char *p, int depth)
{
    const char *end = self->end;
    if (p == end || *p != '"')
        return NULL;
    PyObject *key = NULL;
    p = json_read_key(self, p + 1, &key);
    p = push(self, key, p);
    p = p ? skip_space(p, end) : end;
    if (p == end || *p != ':')
        return NULL;
    return read_value(self, skip_space(p + 1, end), depth);
}

static const char *
read_object(json_parser *self, const char *p, int depth)
{
    return read_items(self, p, depth, '}', read_pair, close_object);
}

static inline const char *
read_word(json_parser *self, const char *p, const char *word, size_t len, PyObject *value)
{
    if ((size_t)(self->end - p) < len || memcmp(p, word, len) != 0)
        return NULL;
    return push(self, Py_NewRef(value), p + len);
}

/* Any value, onto the others, where there is no space before it. */
static const char *
read_value(json_parser *self, const char *p, int depth)
{
    PyObject *value = NULL;
    if (p == self->end)
        return NULL;
    switch (*p) {
    case '"':
        p = json_read_string(self, p + 1, &value);
        return push(self, value, p);
    case '{':
        return depth < DEEPEST ? read_object(self, p, depth + 1) : NULL;
    case '[':
        return depth < DEEPEST ? read_array(self, p, depth + 1) : NULL;
    case 't':
        return read_word(self, p, "true", 4, Py_True);
    case 'f':
        return read_word(self, p, "false", 5, Py_False);
    case 'n':
        return read_word(self, p, "null", 4, Py_None);
    default:
        p = read_number(self, p, &value);
        return push(self, value, p);
    }
}

/* The value of a whole document. NULL without an exception: it is not read here. */
static PyObject *
parse(json_keys *keys, const char *bytes, Py_ssize_t len)
{
    PyObject *first_room[FIRST_ROOM], *value = NULL;
    json_parser self = {.end = bytes + len, .keys = keys, .values = first_room, .room = FIRST_ROOM};
    const char *p = read_value(&self, skip_space(bytes, self.end), 0);
    if (p && skip_space(p, self.end) == self.end)
        value = self.values[--self.count];
    while (self.count)
        Py_DECREF(self.values[--self.count]);
    if (self.values != first_room)
        PyMem_Free(self.values);
    PyMem_Free(self.scratch);
    /* of the codec, or of int(): they are raised by what reads it next */
    if (!value && PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_ValueError))
        PyErr_Clear();
    return value;
}

/* -- Python's json ----------------------------------------------------------------------------- */

/* Whether an attribute of `object` is this: 1, 0, or -1 with an exception. */
static int
has(PyObject *object, const char *name, const void *wanted)
{
    PyObject *value = PyObject_GetAttrString(object, name);
    Py_XDECREF(value);
    return value ? (const void *)value == wanted : -1;
}

/* Whether a scanner is the one in C, told nothing special: what it reads can be read here. 1, 0, or
 * -1 with an exception. */
static int
is_usual(PyObject *scanner)
{
    PyObject *type = cast_import("json.scanner", "c_make_scanner");
    int usual = type ? (PyObject *)Py_TYPE(scanner) == type : -1;
    Py_XDECREF(type);
    if (usual == 1)
        usual = has(scanner, "strict", Py_True);
    if (usual == 1)
        usual = has(scanner, "object_hook", Py_None);
    if (usual == 1)
        usual = has(scanner, "object_pairs_hook", Py_None);
    if (usual == 1)
        usual = has(scanner, "parse_int", &PyLong_Type);
    if (usual == 1)
        usual = has(scanner, "parse_float", &PyFloat_Type);
    return usual;
}

/* Get what reads documents: scan_once of a decoder as json.loads() uses it, and where it does
 * nothing else, the table of keys for reading them here. 0 or -1. */
static int
get_ready(module_state *state)
{
    PyObject *type = cast_import("json", "JSONDecoder");
    PyObject *decoder = type ? PyObject_CallNoArgs(type) : NULL;
    PyObject *scanner = decoder ? PyObject_GetAttrString(decoder, "scan_once") : NULL;
    Py_XDECREF(decoder);
    Py_XDECREF(type);
    int usual = scanner ? is_usual(scanner) : -1;
    PyObject *keys = usual == 1 ? json_keys_new() : usual == 0 ? Py_NewRef(Py_None) : NULL;
    if (!keys) {
        Py_XDECREF(scanner);
        return -1;
    }
    Py_XSETREF(state->cast_slots[CAST_SLOT_JSON_SCANNER], scanner);
    Py_XSETREF(state->cast_slots[CAST_SLOT_JSON_KEYS], keys);
    return 0;
}

/* Whether scan_once() read `text` up to its end: its answer is (value, end). */
static int
scanned_all(PyObject *answer, PyObject *text)
{
    if (!PyTuple_CheckExact(answer) || PyTuple_GET_SIZE(answer) != 2)
        return 0;
    return PyLong_AsSsize_t(PyTuple_GET_ITEM(answer, 1)) == PyUnicode_GET_LENGTH(text);
}

/* What json.loads(text) gives and raises. The scanner alone does for most; what is left, errors
 * too, is for loads() itself. */
static PyObject *
json_loads(module_state *state, PyObject *text)
{
    PyObject *scanner = state->cast_slots[CAST_SLOT_JSON_SCANNER];  // borrowed
    PyObject *start = PyLong_FromLong(0);
    PyObject *args[] = {text, start};
    PyObject *answer = start ? PyObject_Vectorcall(scanner, args, 2, NULL) : NULL;
    Py_XDECREF(start);
    PyObject *value = NULL;
    if (answer && scanned_all(answer, text))
        value = Py_NewRef(PyTuple_GET_ITEM(answer, 0));
    Py_XDECREF(answer);
    if (value)
        return value;
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_StopIteration) &&
        !PyErr_ExceptionMatches(PyExc_ValueError))
        return NULL;
    PyErr_Clear();
    PyObject *loads = cast_import("json", "loads");
    value = loads ? PyObject_CallOneArg(loads, text) : NULL;
    Py_XDECREF(loads);
    return value;
}

CAST_DECODER(cast_json)
{
    (void)column;
    if (!ctx->state->cast_slots[CAST_SLOT_JSON_KEYS] && get_ready(ctx->state) < 0)
        return NULL;
    /* Before Python 3.10 the collector may run anything while a document is made. */
    PyObject *keys = Py_NewRef(ctx->state->cast_slots[CAST_SLOT_JSON_KEYS]);
    PyObject *value = NULL;
    if (ctx->codec.kind == TEXT_UTF8 && keys != Py_None)
        value = parse(PyCapsule_GetPointer(keys, NULL), bytes, len);
    Py_DECREF(keys);
    if (value || PyErr_Occurred())
        return value;
    PyObject *text = cast_text(ctx, bytes, len);
    value = text ? json_loads(ctx->state, text) : NULL;
    Py_XDECREF(text);
    return value;
}
