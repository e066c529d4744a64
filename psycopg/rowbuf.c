#include "rowbuf.h"

#include <stdlib.h>

enum { FIRST_BLOCK = 1024, LARGEST_BLOCK = 256 * 1024 };

void
rowbuf_init(rowbuf *self)
{
    memset(self, 0, sizeof *self);
}

void
rowbuf_drop_rows(rowbuf *self)
{
    for (rowbuf_block *block = self->first; block;) {
        rowbuf_block *next = block->next;
        free(block);
        block = next;
    }
    self->first = self->last = NULL;
    self->nrows = 0;
}

void
rowbuf_clear(rowbuf *self)
{
    rowbuf_drop_rows(self);
    free(self->fields);
    rowbuf_init(self);
}

int
rowbuf_set_fields(rowbuf *self, int nfields, size_t names_size, char **names)
{
    size_t fields_size = (size_t)nfields * sizeof(rowbuf_field);
    char *memory = malloc(fields_size + names_size + 1);
    if (!memory)
        return -1;
    free(self->fields);
    self->fields = (rowbuf_field *)memory;
    self->nfields = nfields;
    *names = memory + fields_size;
    return 0;
}

/* Blocks grow from FIRST_BLOCK, so that a one-row result stays small, to LARGEST_BLOCK. */
static rowbuf_block *
add_block(rowbuf *self, size_t row_size)
{
    size_t size = self->last ? self->last->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    if (size < row_size)
        size = row_size;
    rowbuf_block *block = malloc(sizeof *block + size);
    if (!block)
        return NULL;
    block->next = NULL;
    block->used = 0;
    block->size = size;
    block->nrows = 0;
    if (self->last)
        self->last->next = block;
    else
        self->first = block;
    self->last = block;
    return block;
}

char *
rowbuf_add_row(rowbuf *self, size_t size)
{
    rowbuf_block *block = self->last;
    if (!block || size > block->size - block->used) {
        block = add_block(self, size);
        if (!block)
            return NULL;
    }
    char *row = block->data + block->used;
    block->used += size;
    block->nrows++;
    self->nrows++;
    return row;
}

void
rowbuf_reader_init(rowbuf_reader *self, const rowbuf *buf)
{
    memset(self, 0, sizeof *self);
    self->block = buf->first;
}

const char *
rowbuf_reader_peek(rowbuf_reader *self)
{
    while (self->block && self->block_row == self->block->nrows) {
        if (!self->block->next)
            return NULL;
        self->block = self->block->next;
        self->block_row = 0;
        self->offset = 0;
    }
    return self->block ? self->block->data + self->offset : NULL;
}

static const char *
skip_row(const char *at, int nfields)
{
    for (int i = 0; i < nfields; i++) {
        int32_t len;
        const char *value = rowbuf_get_value(at, &len);
        at = rowbuf_next(value, len);
    }
    return at;
}

void
rowbuf_reader_skip(rowbuf_reader *self, int nfields)
{
    const char *at = rowbuf_reader_peek(self);
    if (at)
        rowbuf_reader_advance(self, skip_row(at, nfields));
}

void
rowbuf_reader_seek(rowbuf_reader *self, const rowbuf *buf, int64_t row)
{
    if (row < self->row - self->block_row)
        rowbuf_reader_init(self, buf);
    while (self->block && self->block->next &&
           row - (self->row - self->block_row) >= self->block->nrows) {
        self->row += self->block->nrows - self->block_row;
        self->block = self->block->next;
        self->block_row = 0;
        self->offset = 0;
    }
    if (row < self->row) {
        self->row -= self->block_row;
        self->block_row = 0;
        self->offset = 0;
    }
    while (self->row < row) {
        if (!rowbuf_reader_peek(self))
            return;
        rowbuf_reader_skip(self, buf->nfields);
    }
}
