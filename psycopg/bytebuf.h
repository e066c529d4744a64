/* A growing buffer of bytes: where SQL is composed. Plain C. L0. */
#ifndef PSYCOPG_BYTEBUF_H
#define PSYCOPG_BYTEBUF_H

#include <stddef.h>
#include <string.h>

typedef struct {
    char *data;  /* NULL while empty; not NUL-terminated until bytebuf_terminate() */
    size_t len;  /* bytes used */
    size_t size; /* bytes allocated */
} bytebuf;

#define BYTEBUF_INIT                                                                               \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/* Make room for `extra` more bytes. 0, or -1 when there is no memory (no Python exception is set).
 */
int bytebuf_grow(bytebuf *self, size_t extra);
void bytebuf_free(bytebuf *self);

static inline int
bytebuf_reserve(bytebuf *self, size_t extra)
{
    return extra <= self->size - self->len ? 0 : bytebuf_grow(self, extra);
}

static inline int
bytebuf_add(bytebuf *self, const char *bytes, size_t len)
{
    if (bytebuf_reserve(self, len) < 0)
        return -1;
    if (len)
        memcpy(self->data + self->len, bytes, len);
    self->len += len;
    return 0;
}

static inline int
bytebuf_add_char(bytebuf *self, char c)
{
    if (bytebuf_reserve(self, 1) < 0)
        return -1;
    self->data[self->len++] = c;
    return 0;
}

/* Append a string literal. */
#define bytebuf_add_literal(self, text) bytebuf_add((self), (text), sizeof(text) - 1)

/* Put a NUL behind the last byte, outside of `len`. */
static inline int
bytebuf_terminate(bytebuf *self)
{
    if (bytebuf_reserve(self, 1) < 0)
        return -1;
    self->data[self->len] = '\0';
    return 0;
}

#endif
