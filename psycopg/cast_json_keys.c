/* The keys of JSON objects. Documents of a column mostly have the same few: each is made, and its
 * hash computed, once. Not interned, since that may be for ever. */
#include "cast_json.h"

#include <string.h>

/* 512 keys in pairs: what comes anew takes the place of the older one of its pair. */
enum { PAIRS = 256, LONGEST = 116 };

typedef struct {
    PyObject *key; /* NULL: none yet */
    uint32_t len;
    char bytes[LONGEST]; /* its UTF-8 */
} entry;

struct json_keys {
    entry pairs[PAIRS][2];
};

static inline uint64_t
load_8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline uint32_t
load_4(const char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* All but the last few bytes are taken in by eight; the last piece may overlap the one before. */
static inline size_t
hash(const char *p, Py_ssize_t len)
{
    const uint64_t factor = 0x9e3779b97f4a7c15;
    uint64_t h = (uint64_t)len * factor;
    if (len >= 8) {
        const char *last = p + len - 8;
        for (; p < last; p += 8)
            h = ((h >> 29) ^ h ^ load_8(p)) * factor;
        h = ((h >> 29) ^ h ^ load_8(last)) * factor;
    } else if (len >= 4) {
        h = (h ^ ((uint64_t)load_4(p) << 32 | load_4(p + len - 4))) * factor;
    } else if (len) {
        h = (h ^ ((uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[len / 2] << 8 |
                  (unsigned char)p[len - 1])) *
            factor;
    }
    return (size_t)(h >> 40);
}

static inline int
equals(const char *a, const char *b, Py_ssize_t len)
{
    if (len >= 8) {
        for (; len > 8; a += 8, b += 8, len -= 8)
            if (load_8(a) != load_8(b))
                return 0;
        return load_8(a + len - 8) == load_8(b + len - 8);
    }
    if (len >= 4)
        return load_4(a) == load_4(b) && load_4(a + len - 4) == load_4(b + len - 4);
    return !len || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
}

static inline int
is_key(const entry *self, const char *bytes, Py_ssize_t len)
{
    return self->len == (uint32_t)len && self->key && equals(self->bytes, bytes, len);
}

PyObject *
json_keys_get(json_keys *self, const char *bytes, Py_ssize_t len)
{
    if (len > LONGEST)
        return cast_utf8(bytes, len);
    entry *pair = self->pairs[hash(bytes, len) % PAIRS];
    if (is_key(&pair[0], bytes, len))
        return Py_NewRef(pair[0].key);
    if (is_key(&pair[1], bytes, len))
        return Py_NewRef(pair[1].key);
    PyObject *key = cast_utf8(bytes, len);
    if (!key)
        return NULL;
    Py_XDECREF(pair[1].key); /* a str: nothing runs */
    pair[1] = pair[0];
    pair[0].key = Py_NewRef(key);
    pair[0].len = (uint32_t)len;
    memcpy(pair[0].bytes, bytes, (size_t)len);
    return key;
}

static void
destroy(PyObject *capsule)
{
    json_keys *self = PyCapsule_GetPointer(capsule, NULL);
    for (int i = 0; i < PAIRS; i++) {
        Py_XDECREF(self->pairs[i][0].key);
        Py_XDECREF(self->pairs[i][1].key);
    }
    PyMem_Free(self);
}

PyObject *
json_keys_new(void)
{
    json_keys *self = PyMem_Calloc(1, sizeof *self);
    PyObject *capsule = self ? PyCapsule_New(self, NULL, destroy) : PyErr_NoMemory();
    if (!capsule)
        PyMem_Free(self);
    return capsule;
}
