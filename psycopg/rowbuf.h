/* The rows of a result, packed: the protocol layer fills it, the results layer reads it. Plain C.
 * L0.
 *
 * A row is the sequence of its values: an int32 length in host order (-1 for NULL), then for a
 * value that is not NULL its bytes and a NUL. Rows lie one behind the other in blocks; a row never
 * straddles two.
 *
 * A large result gives its memory back as it is read: the blocks that a reader has passed, but for
 * the first small ones, go to a file without a name in the folder for temporary files, from where
 * one who steps back gets them. Where there is no such file, or no room in it, they stay in memory.
 */
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
    char *data;        /* NULL: in the file */
    size_t used, size; /* bytes of data */
    int64_t nrows;
    int64_t start; /* bytes of the blocks before it: where it is in the file */
    int mapped;    /* the data is a mapping of its own; else it lies behind this */
    int in_file;   /* a copy of the data is in the file */
} rowbuf_block;

/* What becomes of the blocks that were read. */
typedef enum {
    ROWBUF_FILE_NONE, /* no file was needed yet */
    ROWBUF_FILE_OPEN,
    ROWBUF_FILE_FULL,   /* it takes no more */
    ROWBUF_FILE_REFUSED /* there is none to be had */
} rowbuf_file_state;

typedef struct {
    int nfields;
    rowbuf_field *fields;
    int64_t nrows;
    int64_t size;     /* bytes of all rows */
    uint64_t dropped; /* how often rows were let go: readers from before are of no use */
    rowbuf_block *first, *last;
    char *spare; /* mapped, for the next blocks: so many bytes */
    size_t spare_size;
    rowbuf_file_state file_state;
    int fd;                 /* the file, where it is open or full, */
    uint64_t device, inode; /* and which it is: a program may close any descriptor */
} rowbuf;

/* The largest block, unless one row is larger; also what a large page of memory usually is. */
#define ROWBUF_PAGE ((size_t)2 << 20)
/* What takes so many bytes is better off in one that is kept. */
#define ROWBUF_WORTH_A_PAGE ((size_t)1 << 16)

/* Results of more bytes give their memory back as they are read. */
#define ROWBUF_LARGE (INT64_C(64) << 20)

/* A position between two rows. */
typedef struct {
    rowbuf *buf;
    rowbuf_block *block; /* its data is in memory, unless all its rows are before the position */
    size_t offset;       /* in block->data */
    int64_t block_row;   /* rows of the block before the position */
    int64_t row;         /* rows of the buffer before the position */
    int error;           /* errno of why the next row cannot be read */
} rowbuf_reader;

void rowbuf_init(rowbuf *self);
void rowbuf_clear(rowbuf *self);
/* Let the rows go, keep the fields. */
void rowbuf_drop_rows(rowbuf *self);

/* Allocate `nfields` fields whose names take `names_size` bytes in all (NULs included); *names is
 * where to put them. 0, or -1: no memory. */
int rowbuf_set_fields(rowbuf *self, int nfields, size_t names_size, char **names);

/* Have a block to put rows in. 0, or -1: no memory. */
int rowbuf_begin_rows(rowbuf *self);

/* Room for one row of `size` bytes in all; the caller fills it, every byte. NULL: no memory. */
char *rowbuf_add_row(rowbuf *self, size_t size);

/* For a row whose size is not known yet, after rowbuf_begin_rows(): where it would go, and how many
 * bytes fit there. Nothing is added until rowbuf_commit_row() is given its end. */
static inline char *
rowbuf_try_row(const rowbuf *self, size_t *room)
{
    const rowbuf_block *block = self->last;
    *room = block->size - block->used;
    return block->data + block->used;
}

static inline void
rowbuf_commit_row(rowbuf *self, const char *end)
{
    rowbuf_block *block = self->last;
    size_t used = (size_t)(end - block->data);
    self->size += (int64_t)(used - block->used);
    block->used = used;
    block->nrows++;
    self->nrows++;
}

/* Size of a value in a row; `len` < 0 is NULL. */
static inline size_t
rowbuf_value_size(int len)
{
    return sizeof(int32_t) + (len < 0 ? 0 : (size_t)len + 1);
}

/* As memcpy(), without a call for the short values that most are. */
static inline void
rowbuf_copy(char *to, const char *from, size_t n)
{
    if (n > 16) {
        memcpy(to, from, n);
    } else if (n >= 8) { /* two pieces, which may overlap, make it */
        uint64_t head, tail;
        memcpy(&head, from, 8);
        memcpy(&tail, from + n - 8, 8);
        memcpy(to, &head, 8);
        memcpy(to + n - 8, &tail, 8);
    } else if (n >= 4) {
        uint32_t head, tail;
        memcpy(&head, from, 4);
        memcpy(&tail, from + n - 4, 4);
        memcpy(to, &head, 4);
        memcpy(to + n - 4, &tail, 4);
    } else if (n) {
        to[0] = from[0];
        to[n / 2] = from[n / 2];
        to[n - 1] = from[n - 1];
    }
}

/* Write one value (bytes may be NULL when len < 0); returns where the next one goes. */
static inline char *
rowbuf_put_value(char *to, const char *bytes, int len)
{
    int32_t n = len < 0 ? -1 : len;
    memcpy(to, &n, sizeof n);
    to += sizeof n;
    if (n >= 0) {
        rowbuf_copy(to, bytes, (size_t)n);
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

/* Stand before the first row. */
void rowbuf_reader_init(rowbuf_reader *self, rowbuf *buf);

/* Go on to the next block that has rows. 1, or 0: at the end, or self->error says why not. */
int rowbuf_reader_turn(rowbuf_reader *self);

/* Where the next row starts. NULL: at the end, or self->error is not 0. Does not move. */
static inline const char *
rowbuf_reader_peek(rowbuf_reader *self)
{
    if (!self->block || (self->block_row == self->block->nrows && !rowbuf_reader_turn(self)))
        return NULL;
    return self->block->data + self->offset;
}

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

/* Stand before row number `row` (0 to nrows). 0, or -1: self->error says why not, and it stands
 * where it stood. */
int rowbuf_reader_seek(rowbuf_reader *self, int64_t row);

/* rowbuf_file.c */

/* Let the data of a block that was read go, if the result is large and the file takes it. */
void rowbuf_give_back(rowbuf *self, rowbuf_block *block);
/* Get it back: 0 or errno. */
int rowbuf_load(rowbuf *self, rowbuf_block *block);
/* Let the file and the spare memory go. */
void rowbuf_close(rowbuf *self);

/* rowbuf_pages.c */

/* The data of a block that is `mapped`, of its `size`: 0 or -1; and let it go. */
int rowbuf_block_map(rowbuf *self, rowbuf_block *block);
/* Some pages are kept for the next results where `may_keep`. */
void rowbuf_block_unmap(rowbuf_block *block, int may_keep);
void rowbuf_free_spare(rowbuf *self);
/* How many are kept now: another thread may take some. */
int rowbuf_pages_kept(void);
/* One of them, of ROWBUF_PAGE bytes, for other things of a result; NULL: there is none. And let it
 * go. */
void *rowbuf_page_take(void);
void rowbuf_page_free(void *page);
/* A statement was executed: pages that nobody needs any more are given back. */
void rowbuf_age(void);

#endif
