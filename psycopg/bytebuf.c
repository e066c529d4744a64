#include "bytebuf.h"

#include <stdint.h>
#include <stdlib.h>

int
bytebuf_grow(bytebuf *self, size_t extra)
{
    size_t size = self->size ? self->size : 256;
    if (extra > SIZE_MAX / 2 - self->len)
        return -1;
    while (size < self->len + extra)
        size *= 2;
    char *data = realloc(self->data, size);
    if (!data)
        return -1;
    self->data = data;
    self->size = size;
    return 0;
}

void
bytebuf_free(bytebuf *self)
{
    free(self->data);
    *self = (bytebuf)BYTEBUF_INIT;
}
