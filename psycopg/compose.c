#include "compose.h"

#include "adapt_impl.h"
#include "compose_note.h"

/* What a name was adapted to: where the name stands in the query, and its literal in the output. */
typedef struct {
    Py_ssize_t name, name_len; /* name_len is -1 in an empty place */
    size_t literal, literal_len;
    uint32_t hash;
} known_name;

typedef struct {
    const adapt_ctx *ctx;
    const char *query;
    Py_ssize_t len;
    PyObject *args;
    bytebuf *out;
    enum { UNDECIDED, POSITIONAL, NAMED } style;
    Py_ssize_t used; /* positional arguments so far */
    Py_ssize_t
        bad; /* where the first conversion that is no 's' stands; `len`: beyond the end; -1: none */
    compose_slip slip; /* set with an exception, where there is more to say of it */
    known_name
        *names; /* a hash table of 2 ** n places, at most half of them in use; NULL while empty */
    size_t names_size, names_used;
} composer;

/* -- errors
 * ------------------------------------------------------------------------------------------------
 */

static int
raise_mixed(composer *self)
{
    self->slip = SLIP_MIXED;
    PyErr_SetString(self->ctx->state->ProgrammingError, "argument formats can't be mixed");
    return -1;
}

/* The character that begins at `at`, to show it. */
static Py_UCS4
char_at(const composer *self, Py_ssize_t at)
{
    unsigned char c = (unsigned char)self->query[at];
    if (c < 0x80)
        return c;
    const char *codec = self->ctx->codec.py_name[0] ? self->ctx->codec.py_name : "latin1";
    Py_ssize_t len = self->len - at < 4 ? self->len - at : 4;
    PyObject *text = PyUnicode_Decode(self->query + at, len, codec, "replace");
    Py_UCS4 result = text && PyUnicode_GET_LENGTH(text) ? PyUnicode_READ_CHAR(text, 0) : c;
    Py_XDECREF(text);
    PyErr_Clear();
    return result;
}

static int
raise_bad(composer *self)
{
    self->slip = self->bad == self->len ? SLIP_INCOMPLETE : SLIP_CHARACTER;
    if (self->bad == self->len) {
        PyErr_SetString(PyExc_ValueError, "incomplete format");
        return -1;
    }
    Py_UCS4 c = char_at(self, self->bad);
    PyErr_Format(PyExc_ValueError, "unsupported format character '%c' (0x%x) at index %zd", (int)c,
                 (unsigned)c, self->bad);
    return -1;
}

/* -- positional arguments
 * ---------------------------------------------------------------------------------- */

/* The next argument, a new reference. */
static PyObject *
next_argument(composer *self)
{
    PyObject *args = self->args;
    Py_ssize_t i = self->used;
    if (PyTuple_CheckExact(args)) {
        if (i < PyTuple_GET_SIZE(args))
            return Py_NewRef(PyTuple_GET_ITEM(args, i));
        self->slip = SLIP_COUNT;
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
    } else if (PyList_CheckExact(args)) {
        if (i < PyList_GET_SIZE(args))
            return Py_NewRef(PyList_GET_ITEM(args, i));
        self->slip = SLIP_COUNT;
        PyErr_SetString(PyExc_IndexError, "list index out of range");
    } else if (PySequence_Check(args)) {
        PyObject *value = PySequence_GetItem(args, i);
        if (!value && PyErr_ExceptionMatches(PyExc_IndexError))
            self->slip = SLIP_COUNT;
        return value;
    } else if (PyMapping_Check(args)) {
        self->slip = SLIP_MAPPING;
        PyErr_Format(PyExc_TypeError, "%.200s is not a sequence", Py_TYPE(args)->tp_name);
    } else {
        self->slip = SLIP_NO_INDEX;
        PyErr_Format(PyExc_TypeError, "'%.200s' object does not support indexing",
                     Py_TYPE(args)->tp_name);
    }
    return NULL;
}

static int
write_positional(composer *self)
{
    if (self->style == NAMED)
        return raise_mixed(self);
    self->style = POSITIONAL;
    PyObject *value = next_argument(self);
    if (!value)
        return -1;
    self->used++;
    int rc = adapt_value(self->ctx, value, self->out);
    Py_DECREF(value);
    return rc;
}

/* Was every argument used? */
static int
check_used(composer *self)
{
    Py_ssize_t n = PySequence_Size(self->args);
    if (n < 0)
        return -1;
    self->slip = SLIP_COUNT;
    if (self->used < n) {
        PyErr_SetString(PyExc_TypeError, "not all arguments converted during string formatting");
        return -1;
    }
    if (self->used > n) {  // a sequence that has more items than it says
        PyErr_SetString(self->ctx->state->ProgrammingError,
                        "not enough arguments for format string");
        return -1;
    }
    return 0;
}

/* -- named arguments
 * --------------------------------------------------------------------------------------- */

static uint32_t
hash_name(const char *name, Py_ssize_t len)
{
    uint32_t hash = 2166136261u;  // FNV-1a
    for (Py_ssize_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    return hash;
}

/* The place of a name in the table, which is not full: where it is, or where it would go. */
static known_name *
find_name(const composer *self, const char *name, Py_ssize_t len, uint32_t hash)
{
    for (size_t i = hash;; i++) {
        known_name *place = &self->names[i & (self->names_size - 1)];
        if (place->name_len < 0 || (place->hash == hash && place->name_len == len &&
                                    !memcmp(self->query + place->name, name, (size_t)len)))
            return place;
    }
}

/* See to it that there is room for one more name. */
static int
grow_names(composer *self)
{
    if (2 * (self->names_used + 1) <= self->names_size)
        return 0;
    composer bigger = *self;
    bigger.names_size = self->names_size ? 2 * self->names_size : 16;
    bigger.names = PyMem_New(known_name, bigger.names_size);
    if (!bigger.names) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < bigger.names_size; i++)
        bigger.names[i].name_len = -1;
    for (size_t i = 0; i < self->names_size; i++) {
        const known_name *old = &self->names[i];
        if (old->name_len >= 0)
            *find_name(&bigger, self->query + old->name, old->name_len, old->hash) = *old;
    }
    PyMem_Free(self->names);
    *self = bigger;
    return 0;
}

/* The argument of a name, a new reference. */
static PyObject *
named_argument(composer *self, const char *name, Py_ssize_t len)
{
    PyObject *value = NULL, *key = text_decode(&self->ctx->codec, self->ctx->state, name, len);
    if (!key)
        return NULL;
    if (!PyDict_CheckExact(self->args))
        value = PyObject_GetItem(self->args, key);
    else if (PyDict_GetItemRef(self->args, key, &value) == 0)
        PyErr_SetObject(PyExc_KeyError, key);
    Py_DECREF(key);
    if (!value && PyErr_ExceptionMatches(PyExc_KeyError))
        self->slip = SLIP_KEY;
    else if (!value && PyErr_ExceptionMatches(PyExc_TypeError) && !PyDict_Check(self->args))
        self->slip = SLIP_SEQUENCE;
    return value;
}

/* A second parenthesis in a name: what is looked up ends at the first closing one, what is
 * formatted at the one that balances; so there is no way to write such a name. */
static int
raise_nested(const composer *self, Py_ssize_t name)
{
    Py_ssize_t at = name;
    for (int depth = 1; at < self->len; at++) {
        depth += self->query[at] == '(' ? 1 : self->query[at] == ')' ? -1 : 0;
        if (!depth)
            break;
    }
    if (at == self->len) {
        PyErr_SetString(PyExc_ValueError, "incomplete format key");
        return -1;
    }
    PyObject *key = text_decode(&self->ctx->codec, self->ctx->state, self->query + name, at - name);
    if (key)
        PyErr_SetObject(PyExc_KeyError, key);
    Py_XDECREF(key);
    return -1;
}

/* Append the literal of the name of `len` bytes at `at`; one that was seen before is not adapted
 * again. */
static int
write_name(composer *self, Py_ssize_t at, Py_ssize_t len)
{
    const char *name = self->query + at;
    bytebuf *out = self->out;
    uint32_t hash = hash_name(name, len);
    if (grow_names(self) < 0)
        return -1;
    known_name *place = find_name(self, name, len, hash);
    if (place->name_len >= 0) {
        if (adapt_reserve(out, place->literal_len) < 0)
            return -1;
        memcpy(out->data + out->len, out->data + place->literal, place->literal_len);
        out->len += place->literal_len;
        return 0;
    }
    PyObject *value = named_argument(self, name, len);
    if (!value)
        return -1;
    size_t start = out->len;
    int rc = adapt_value(self->ctx, value, out);
    Py_DECREF(value);
    if (rc == 0) {
        *place = (known_name){at, len, start, out->len - start, hash};
        self->names_used++;
    }
    return rc;
}

/* The placeholder of which the name begins at `at`. Returns where to go on; -1 error. */
static Py_ssize_t
write_named(composer *self, Py_ssize_t at)
{
    Py_ssize_t end = at;
    if (self->style == POSITIONAL)
        return raise_mixed(self);
    self->style = NAMED;
    while (end < self->len && self->query[end] != ')' && self->query[end] != '%')
        end++;
    if (end == self->len || self->query[end] == '%') {
        PyErr_SetString(self->ctx->state->ProgrammingError,
                        "incomplete placeholder: '%(' without ')'");
        return -1;
    }
    if (write_name(self, at, end - at) < 0)
        return -1;
    if (memchr(self->query + at, '(', (size_t)(end - at)))
        return raise_nested(self, at);
    end++;
    if (end < self->len && self->query[end] == 's')
        return end + 1;
    if (self->bad < 0)
        self->bad = end;
    return end;
}

/* -- the query
 * --------------------------------------------------------------------------------------------- */

/* What begins with the percent sign at `at`. Returns where to go on; -1 error. */
static Py_ssize_t
write_percent(composer *self, Py_ssize_t at)
{
    char next = at + 1 < self->len ? self->query[at + 1] : '\0';
    if (next == '%')
        return adapt_put_literal(self->out, "%") < 0 ? -1 : at + 2;
    if (next == '(')
        return write_named(self, at + 2);
    /* One that is no %s takes its argument first: that there is none is said before that it is bad.
     */
    if (write_positional(self) < 0)
        return -1;
    if (next == 's')
        return at + 2;
    if (self->bad < 0)
        self->bad = at + 1;
    return at + 1 < self->len ? at + 2 : self->len;
}

int
compose_query(const adapt_ctx *ctx, const char *query, Py_ssize_t len, PyObject *args, bytebuf *out)
{
    if (!args || args == Py_None)
        return adapt_put(out, query, (size_t)len);
    composer self = {.ctx = ctx, .query = query, .len = len, .args = args, .out = out, .bad = -1};
    int rc = adapt_reserve(out, (size_t)len + 64);
    for (Py_ssize_t at = 0; rc == 0 && at < len;) {
        const char *percent = memchr(query + at, '%', (size_t)(len - at));
        Py_ssize_t stop = percent ? percent - query : len;
        rc = adapt_put(out, query + at, (size_t)(stop - at));
        at = rc == 0 && percent ? write_percent(&self, stop) : stop;
        if (at < 0)
            rc = -1;
    }
    if (rc == 0 && self.bad >= 0)
        rc = raise_bad(&self);
    if (rc == 0 && self.style == POSITIONAL)
        rc = check_used(&self);
    if (rc < 0 && self.slip != SLIP_NONE)
        compose_note(self.slip, query, len, args);
    PyMem_Free(self.names);
    return rc;
}

/* -- what was given as a query
 * ----------------------------------------------------------------------------- */

/* psycopg2.sql.Composable, borrowed; NULL without an exception while nobody has imported that
 * module, so that there can be no object of it. */
static PyObject *
composable_type(module_state *state)
{
    if (state->composable_type)
        return state->composable_type;
    PyObject *name = PyUnicode_FromString("psycopg2.sql");
    PyObject *module = name ? PyImport_GetModule(name) : NULL;
    Py_XDECREF(name);
    if (module)
        state->composable_type = PyObject_GetAttrString(module, "Composable");
    Py_XDECREF(module);
    return state->composable_type;
}

/* The text of a Composable, str or bytes; a new reference. */
static PyObject *
text_of_composable(const adapt_ctx *ctx, PyObject *query)
{
    PyObject *text = PyObject_CallMethod(query, "as_string", "O", ctx->conn ? ctx->conn : Py_None);
    if (text && !PyUnicode_Check(text) && !PyBytes_Check(text)) {
        PyErr_Format(PyExc_TypeError, "as_string() should return a string: got %.200s instead",
                     Py_TYPE(text)->tp_name);
        Py_CLEAR(text);
    }
    return text;
}

/* Is it a query at all? A str, bytes or a Composable, as str or bytes; a new reference. */
static PyObject *
text_of_query(const adapt_ctx *ctx, PyObject *query)
{
    int truth = PyObject_IsTrue(query);
    if (truth < 0)
        return NULL;
    if (!truth) {
        PyErr_SetString(ctx->state->ProgrammingError, "can't execute an empty query");
        return NULL;
    }
    if (PyUnicode_Check(query) || PyBytes_Check(query))
        return Py_NewRef(query);
    PyObject *composable = composable_type(ctx->state);
    int is_composable = composable ? PyObject_IsInstance(query, composable) : 0;
    if (is_composable < 0 || PyErr_Occurred())
        return NULL;
    if (is_composable)
        return text_of_composable(ctx, query);
    PyErr_Format(PyExc_TypeError,
                 "argument 1 must be a string or unicode object: got %.200s instead",
                 Py_TYPE(query)->tp_name);
    return NULL;
}

PyObject *
compose_query_bytes(const adapt_ctx *ctx, PyObject *query)
{
    PyObject *text = text_of_query(ctx, query);
    if (text && PyUnicode_Check(text))
        Py_SETREF(text, text_encode(&ctx->codec, ctx->state, text));
    if (text && memchr(PyBytes_AS_STRING(text), 0, (size_t)PyBytes_GET_SIZE(text))) {
        PyErr_SetString(PyExc_ValueError, "A query cannot contain NUL (0x00) characters.");
        Py_CLEAR(text);
    }
    return text;
}
