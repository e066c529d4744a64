/* Large objects from files of the client and to them. */
#include "lobj_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Raise what an errno says of a file. Always -1. */
static int
raise_errno(connection_object *conn, const char *what, PyObject *path, int number)
{
    PyObject *name = PyUnicode_DecodeFSDefault(PyBytes_AS_STRING(path));
    if (name)
        PyErr_Format(conn->state->OperationalError, "could not %s file \"%U\": %s\n", what, name,
                     strerror(number));
    Py_XDECREF(name);
    return -1;
}

/* After a call that failed with `number`: 1: it was a signal, try again; -1: an exception. */
static int
interrupted(connection_object *conn, const char *what, PyObject *path, int number)
{
    if (number == EINTR)
        return PyErr_CheckSignals() < 0 ? -1 : 1;
    return raise_errno(conn, what, path, number);
}

static int
open_file(connection_object *conn, PyObject *path, int flags)
{
    for (;;) {
        int file;
        Py_BEGIN_ALLOW_THREADS
        file = open(PyBytes_AS_STRING(path), flags | O_CLOEXEC, 0666);
        Py_END_ALLOW_THREADS
        if (file >= 0)
            return file;
        if (interrupted(conn, "open", path, errno) < 0)
            return -1;
    }
}

/* Read up to LOBJ_PIECE bytes. How many, 0 at the end, -1 with an exception. */
static ssize_t
read_file(connection_object *conn, PyObject *path, int file, char *to)
{
    for (;;) {
        ssize_t n;
        Py_BEGIN_ALLOW_THREADS
        n = read(file, to, LOBJ_PIECE);
        Py_END_ALLOW_THREADS
        if (n >= 0)
            return n;
        if (interrupted(conn, "read from", path, errno) < 0)
            return -1;
    }
}

static int
write_file(connection_object *conn, PyObject *path, int file, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n;
        Py_BEGIN_ALLOW_THREADS
        n = write(file, bytes, len);
        Py_END_ALLOW_THREADS
        if (n < 0 && interrupted(conn, "write to", path, errno) < 0)
            return -1;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static int
close_file(connection_object *conn, PyObject *path, int file)
{
    int failed;
    Py_BEGIN_ALLOW_THREADS
    failed = close(file) < 0 && errno != EINTR;
    Py_END_ALLOW_THREADS
    return failed ? raise_errno(conn, "write to", path, errno) : 0;
}

/* Write all of `file` to the large object. */
static int
fill(connection_object *conn, PyObject *path, int file, uint32_t oid)
{
    int fd, answer = -1;
    ssize_t n;
    char *piece = PyMem_Malloc(LOBJ_PIECE);
    if (!piece) {
        PyErr_NoMemory();
        return -1;
    }
    if (lobj_open_lock_held(conn, oid, LOBJ_WRITE, &fd) < 0)
        goto exit;
    while ((n = read_file(conn, path, file, piece)) > 0)
        if (lobj_write_lock_held(conn, fd, piece, (size_t)n) < 0)
            goto exit;
    if (n == 0)
        answer = lobj_close_lock_held(conn, fd);

exit:
    PyMem_Free(piece);
    return answer;
}

/* Take a half-filled large object away, if the transaction still can. Keeps the exception. */
static void
remove_half(connection_object *conn, uint32_t oid)
{
    PyObject *exc = compat_err_take();
    if (conn->session.pg && PQtransactionStatus(conn->session.pg) == PQTRANS_INTRANS &&
        lobj_unlink_lock_held(conn, oid) < 0)
        PyErr_Clear();
    compat_err_restore(exc);
}

int
lobj_import_lock_held(connection_object *conn, PyObject *path, uint32_t wanted, uint32_t *oid)
{
    int answer = -1;
    int file = open_file(conn, path, O_RDONLY);
    if (file < 0)
        return -1;
    if (lobj_create_lock_held(conn, wanted, oid) == 0) {
        answer = fill(conn, path, file, *oid);
        if (answer < 0)
            remove_half(conn, *oid);
    }
    close(file);
    return answer;
}

/* Write all of the open large object to a file. */
static int
drain(connection_object *conn, int fd, PyObject *path)
{
    bytebuf piece = BYTEBUF_INIT;
    size_t got = 1;
    int answer = 0;
    int file = open_file(conn, path, O_WRONLY | O_CREAT | O_TRUNC);
    if (file < 0)
        return -1;
    while (answer == 0 && got) {
        piece.len = 0;
        answer = lobj_read_lock_held(conn, fd, LOBJ_PIECE, &piece, &got);
        if (answer == 0)
            answer = write_file(conn, path, file, piece.data, piece.len);
    }
    bytebuf_free(&piece);
    if (answer < 0)
        close(file);
    else
        answer = close_file(conn, path, file);
    return answer;
}

int
lobj_export_lock_held(connection_object *conn, uint32_t oid, PyObject *path)
{
    int fd;
    if (lobj_open_lock_held(conn, oid, LOBJ_READ, &fd) < 0)
        return -1;
    int answer = drain(conn, fd, path);
    /* A transaction that failed has closed it already. */
    if (conn->session.pg && PQtransactionStatus(conn->session.pg) == PQTRANS_INTRANS) {
        PyObject *exc = compat_err_take();
        int closed = lobj_close_lock_held(conn, fd);
        if (exc) {
            PyErr_Clear();
            compat_err_restore(exc);
        } else
            answer = closed;
    }
    return answer;
}
