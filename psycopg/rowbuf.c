#include "rowbuf.h"

#include <stdlib.h>

enum { FIRST_BLOCK = 1024 };

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
        if (block->mapped)
            rowbuf_block_unmap(block, 1);
        free(block);
        block = next;
    }
    rowbuf_close(self);
    self->first = self->last = NULL;
    self->nrows = self->size = 0;
    self->dropped++;
}

void
rowbuf_clear(rowbuf *self)
{
    rowbuf_drop_rows(self);
    free(self->fields);
    uint64_t dropped = self->dropped;
    rowbuf_init(self);
    self->dropped = dropped;
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

/* Blocks grow from FIRST_BLOCK, so that a one-row result stays small, to ROWBUF_PAGE. */
static size_t
next_size(const rowbuf *self, size_t row_size)
{
    size_t size = self->last ? self->last->size * 2 : FIRST_BLOCK;
    if (size > ROWBUF_PAGE || (size >= ROWBUF_WORTH_A_PAGE && rowbuf_pages_kept()))
        size = ROWBUF_PAGE;
    return size < row_size ? row_size : size;
}

static rowbuf_block *
add_block(rowbuf *self, size_t row_size)
{
    size_t size = next_size(self, row_size);
    int mapped = size >= ROWBUF_PAGE;
    rowbuf_block *block = malloc(mapped ? sizeof *block : sizeof *block + size);
    if (!block)
        return NULL;
    *block = (rowbuf_block){.size = size, .start = self->size, .mapped = mapped};
    block->data = mapped ? NULL : (char *)(block + 1);
    if (mapped && rowbuf_block_map(self, block) < 0) {
        free(block);
        return NULL;
    }
    if (self->last)
        self->last->next = block;
    else
        self->first = block;
    self->last = block;
    return block;
}

int
rowbuf_begin_rows(rowbuf *self)
{
    return self->last || add_block(self, 0) ? 0 : -1;
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
    rowbuf_commit_row(self, row + size);
    return row;
}

/* -- reading ----------------------------------------------------------------------------------- */

void
rowbuf_reader_init(rowbuf_reader *self, rowbuf *buf)
{
    memset(self, 0, sizeof *self);
    self->buf = buf;
    self->block = buf->first;
}

/* Stand before the first row of `block`, which is number `row`. 0 or -1. */
static int
enter(rowbuf_reader *self, rowbuf_block *block, int64_t row)
{
    self->error = rowbuf_load(self->buf, block);
    if (self->error)
        return -1;
    if (block != self->block)
        rowbuf_give_back(self->buf, self->block);
    self->block = block;
    self->offset = 0;
    self->block_row = 0;
    self->row = row;
    return 0;
}

int
rowbuf_reader_turn(rowbuf_reader *self)
{
    rowbuf_block *next = self->block->next;
    self->error = 0;
    return next && enter(self, next, self->row) == 0;
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

int
rowbuf_reader_seek(rowbuf_reader *self, int64_t row)
{
    rowbuf_block *block = self->buf->first;
    int64_t before = 0;
    self->error = 0;
    if (!block)
        return 0;
    while (block->next && row - before >= block->nrows) {
        before += block->nrows;
        block = block->next;
    }
    if ((block != self->block || row < self->row) && enter(self, block, before) < 0)
        return -1;
    while (self->row < row)
        rowbuf_reader_skip(self, self->buf->nfields);
    return 0;
}
