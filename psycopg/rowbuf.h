/* The rows of a result, packed: the protocol layer fills it, the results layer reads it. Plain C.
 * L0.
 *
 * A row is the sequence of its values: an int32 length in host order (-1 for NULL), then for a
 * value that is not NULL its bytes and a NUL. Rows lie one behind the other in blocks; a row never
 * straddles two. */
#ifndef PSYCOPG_ROWBUF_H
#define PSYCOPG_ROWBUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const char *name; /* owned by the rowbuf */
    uint32_t type_oid;
    int32_t type_mod;     /* -1: none */
    int32_t type_size;    /* bytes; negative: variable */
    uint32_t table_oid;   /* 0: not a plain column */
    int32_t table_column; /* 0: not a plain column */
    int32_t format;       /* 0 text, 1 binary */
} rowbuf_field;

typedef struct rowbuf_block {
    struct rowbuf_block *next;
    size_t used, size; /* bytes of data */
    int64_t nrows;
    char data[];
} rowbuf_block;

typedef struct {
    int nfields;
    rowbuf_field *fields;
    int64_t nrows;
    rowbuf_block *first, *last;
} rowbuf;

/* A position between two rows. Zero-initialised with `block = buf->first` it stands before the
 * first row. */
typedef struct {
    const rowbuf_block *block;
    size_t offset;     /* in block->data */
    int64_t block_row; /* rows of the block before the position */
    int64_t row;       /* rows of the buffer before the position */
} rowbuf_reader;

void rowbuf_init(rowbuf *self);
void rowbuf_clear(rowbuf *self);
/* Let the rows go, keep the fields. */
void rowbuf_drop_rows(rowbuf *self);

/* Allocate `nfields` fields whose names take `names_size` bytes in all (NULs included); *names is
 * where to put them. 0, or -1: no memory. */
int rowbuf_set_fields(rowbuf *self, int nfields, size_t names_size, char **names);

/* Room for one row of `size` bytes in all; the caller fills it, every byte. NULL: no memory. */
char *rowbuf_add_row(rowbuf *self, size_t size);

/* Size of a value in a row; `len` < 0 is NULL. */
static inline size_t
rowbuf_value_size(int len)
{
    return sizeof(int32_t) + (len < 0 ? 0 : (size_t)len + 1);
}

/* Write one value (bytes may be NULL when len < 0); returns where the next one goes. */
static inline char *
rowbuf_put_value(char *to, const char *bytes, int len)
{
    int32_t n = len < 0 ? -1 : len;
    memcpy(to, &n, sizeof n);
    to += sizeof n;
    if (n >= 0) {
        memcpy(to, bytes, (size_t)n);
        to[n] = '\0';
        to += (size_t)n + 1;
    }
    return to;
}

/* Read the value at `at`: *len is its length or -1; returns its bytes. The next value is at
 * rowbuf_next(). */
static inline const char *
rowbuf_get_value(const char *at, int32_t *len)
{
    memcpy(len, at, sizeof *len);
    return at + sizeof *len;
}

static inline const char *
rowbuf_next(const char *value, int32_t len)
{
    return len < 0 ? value : value + len + 1;
}

void rowbuf_reader_init(rowbuf_reader *self, const rowbuf *buf);

/* Where the next row starts, or NULL at the end. Does not move. */
const char *rowbuf_reader_peek(rowbuf_reader *self);

/* Step over the row returned by rowbuf_reader_peek(), whose end is at `end`. */
static inline void
rowbuf_reader_advance(rowbuf_reader *self, const char *end)
{
    self->offset = (size_t)(end - self->block->data);
    self->block_row++;
    self->row++;
}

/* Step over a row of `nfields` values, unless at the end. */
void rowbuf_reader_skip(rowbuf_reader *self, int nfields);

/* Stand before row number `row` (0 to nrows). */
void rowbuf_reader_seek(rowbuf_reader *self, const rowbuf *buf, int64_t row);

#endif
