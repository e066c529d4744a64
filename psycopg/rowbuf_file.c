/* Blocks of a large result that were read: in a file that only this process can reach. */
#define _FILE_OFFSET_BITS 64
#include "rowbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that has no name and goes with its last descriptor: a descriptor or -1. */
static int
open_file(void)
{
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/tmp";
#ifdef O_TMPFILE
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
#endif
    char name[4096];
    int size = snprintf(name, sizeof name, "%s/psycopg2-rows-XXXXXX", folder);
    if (size < 0 || (size_t)size >= sizeof name)
        return -1;
    int named = mkstemp(name);
    if (named >= 0) {
        unlink(name);
        (void)fcntl(named, F_SETFD, FD_CLOEXEC);
    }
    return named;
}

/* Get the file: 0 or -1. */
static int
begin_file(rowbuf *self)
{
    struct stat about;
    self->fd = open_file();
    if (self->fd >= 0 && fstat(self->fd, &about) < 0) {
        close(self->fd);
        self->fd = -1;
    }
    self->file_state = self->fd < 0 ? ROWBUF_FILE_REFUSED : ROWBUF_FILE_OPEN;
    if (self->fd < 0)
        return -1;
    self->device = (uint64_t)about.st_dev;
    self->inode = (uint64_t)about.st_ino;
    return 0;
}

/* Whether the descriptor is still that of our file: a program that closes all that are open, to
 * become a daemon, may have put another file in its place. */
static int
is_ours(const rowbuf *self)
{
    struct stat about;
    return fstat(self->fd, &about) == 0 && (uint64_t)about.st_dev == self->device &&
           (uint64_t)about.st_ino == self->inode;
}

/* Write or read all of it: 0 or errno. */
static int
transfer(int fd, char *bytes, size_t size, int64_t at, int writing)
{
    while (size) {
        ssize_t n =
            writing ? pwrite(fd, bytes, size, (off_t)at) : pread(fd, bytes, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : writing ? ENOSPC : EIO;
        bytes += n;
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

/* Each block has its place in the file from the beginning: after a fork() both processes may write
 * the blocks that they pass, and write the same. */
void
rowbuf_give_back(rowbuf *self, rowbuf_block *block)
{
    if (self->size <= ROWBUF_LARGE || !block->mapped || !block->data || !block->used)
        return;
    if (self->file_state == ROWBUF_FILE_NONE && begin_file(self) < 0)
        return;
    if (!block->in_file) {
        if (self->file_state != ROWBUF_FILE_OPEN)
            return;
        if (!is_ours(self) || transfer(self->fd, block->data, block->used, block->start, 1)) {
            self->file_state = ROWBUF_FILE_FULL;
            return;
        }
        block->in_file = 1;
    }
    rowbuf_block_unmap(block, 0);
}

int
rowbuf_load(rowbuf *self, rowbuf_block *block)
{
    if (block->data || !block->in_file)
        return 0;
    if (!is_ours(self))
        return EBADF;
    if (rowbuf_block_map(self, block) < 0)
        return ENOMEM;
    int problem = transfer(self->fd, block->data, block->used, block->start, 0);
    if (problem)
        rowbuf_block_unmap(block, 0);
    return problem;
}

void
rowbuf_close(rowbuf *self)
{
    rowbuf_free_spare(self);
    if ((self->file_state == ROWBUF_FILE_OPEN || self->file_state == ROWBUF_FILE_FULL) &&
        is_ours(self))
        close(self->fd);
    self->file_state = ROWBUF_FILE_NONE;
}
