/* The memory of a row buffer's blocks. */
#include "rowbuf.h"

#include "kept.h"

#include <sys/mman.h>

enum { SPARE_PAGES = 8 }; /* mapped at once */

static void
unmap(void *memory, size_t size)
{
    munmap(memory, size);
}

static kept pages = {.most = (size_t)16 << 20, .give_back = unmap};

int
rowbuf_pages_kept(void)
{
    return pages.count;
}

void *
rowbuf_page_take(void)
{
    return kept_take(&pages, ROWBUF_PAGE);
}

void
rowbuf_page_free(void *page)
{
    if (!kept_put(&pages, page, ROWBUF_PAGE))
        munmap(page, ROWBUF_PAGE);
}

void
rowbuf_age(void)
{
    kept_age(&pages);
}

/* Map `size` bytes that start at a multiple of ROWBUF_PAGE, and ask for large pages: what is filled
 * from end to end at once then costs one page fault instead of hundreds. NULL: no memory. */
static char *
map_pages(size_t size)
{
    size_t spare = size + ROWBUF_PAGE;
    char *memory = mmap(NULL, spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    size_t before = -(uintptr_t)memory & (ROWBUF_PAGE - 1);
    char *start = memory + before;
    if (before)
        munmap(memory, before);
    munmap(start + size, spare - before - size);
#ifdef MADV_HUGEPAGE
    (void)madvise(start, size, MADV_HUGEPAGE);  // without them it works too
#endif
    return start;
}

/* Blocks of the usual size lie side by side, so that the gaps between them do not split what else
 * could have large pages. */
static char *
take_pages(rowbuf *self, size_t size)
{
    if (size != ROWBUF_PAGE)
        return map_pages(size);
    char *page = rowbuf_page_take();
    if (page)
        return page;
    if (!self->spare_size) {
        self->spare = map_pages(SPARE_PAGES * ROWBUF_PAGE);
        if (!self->spare)
            return map_pages(size);
        self->spare_size = SPARE_PAGES * ROWBUF_PAGE;
    }
    self->spare_size -= ROWBUF_PAGE;
    return self->spare + self->spare_size;
}

int
rowbuf_block_map(rowbuf *self, rowbuf_block *block)
{
    if (block->size > SIZE_MAX - 2 * ROWBUF_PAGE)
        return -1;
    /* whole pages, as mmap() has them: most systems' are smaller than 64 KB */
    block->size = (block->size + 0xffff) & ~(size_t)0xffff;
    block->data = take_pages(self, block->size);
    return block->data ? 0 : -1;
}

void
rowbuf_block_unmap(rowbuf_block *block, int may_keep)
{
    if (block->data && may_keep && block->size == ROWBUF_PAGE)
        rowbuf_page_free(block->data);
    else if (block->data)
        munmap(block->data, block->size);
    block->data = NULL;
}

void
rowbuf_free_spare(rowbuf *self)
{
    if (self->spare_size)
        munmap(self->spare, self->spare_size);
    self->spare_size = 0;
}
