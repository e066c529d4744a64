/* Large objects: what lobj.c, lobj_call.c and lobj_file.c share. L4. */
#ifndef PSYCOPG_LOBJ_IMPL_H
#define PSYCOPG_LOBJ_IMPL_H

#include "lobj.h"

#include "bytebuf.h"

/* The modes of lo_open(). */
enum { LOBJ_READ = 0x40000, LOBJ_WRITE = 0x20000 };
/* The most bytes moved by one call of the server's functions. */
enum { LOBJ_PIECE = 1 << 20 };

/* lobj_call.c: the server's functions, which are called by SQL, so that waiting, signals and
 * cancelling work as for any query. 0, or -1 with an exception: an OperationalError where the
 * server says no. */

/* Take the session and open a transaction if need be; then what is below; then give the session
 * back. */
int lobj_begin(connection_object *conn);
void lobj_end(connection_object *conn);

int lobj_create_lock_held(connection_object *conn, uint32_t wanted,
                          uint32_t *oid); /* wanted 0: any */
int lobj_open_lock_held(connection_object *conn, uint32_t oid, int mode, int *fd);
int lobj_close_lock_held(connection_object *conn, int fd);
int lobj_unlink_lock_held(connection_object *conn, uint32_t oid);
/* Append up to `size` (at most LOBJ_PIECE) bytes to `to`; *got 0: the end. */
int lobj_read_lock_held(connection_object *conn, int fd, size_t size, bytebuf *to, size_t *got);
int lobj_write_lock_held(connection_object *conn, int fd, const char *bytes, size_t len);
int lobj_seek_lock_held(connection_object *conn, int fd, int64_t offset, int whence,
                        int64_t *where);
int lobj_tell_lock_held(connection_object *conn, int fd, int64_t *where);
int lobj_truncate_lock_held(connection_object *conn, int fd, int64_t len);

/* lobj_file.c: between a large object and a file of the client. `path` is bytes in the encoding of
 * the file system. */
int lobj_import_lock_held(connection_object *conn, PyObject *path, uint32_t wanted, uint32_t *oid);
int lobj_export_lock_held(connection_object *conn, uint32_t oid, PyObject *path);

#endif
