/* From a DSN to a connection that is ready; what the server reports of itself; the module's
 * functions on DSNs. */
#include "conn.h"

#include "conn_async.h"
#include "cur.h"
#include "errors.h"
#include "green.h"
#include "note.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

PyObject *
conn_options_dict(const PQconninfoOption *options, int with_passwords)
{
    PyObject *dict = PyDict_New();
    for (const PQconninfoOption *o = options; dict && o->keyword; o++) {
        if (!o->val || (!with_passwords && pq_option_is_secret(o)))
            continue;
        PyObject *value = PyUnicode_DecodeFSDefault(o->val);
        if (!value || PyDict_SetItemString(dict, o->keyword, value) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

/* Append `keyword=value` in connection-string syntax. */
static int
add_option(bytebuf *out, const char *keyword, const char *value)
{
    int quote = *value == '\0' || strpbrk(value, " '\\\t\n\r\f\v") != NULL;
    int bad = (out->len && bytebuf_add_char(out, ' ') < 0) ||
              bytebuf_add(out, keyword, strlen(keyword)) < 0 || bytebuf_add_char(out, '=') < 0 ||
              (quote && bytebuf_add_char(out, '\'') < 0);
    for (; !bad && *value; value++)
        bad = ((*value == '\'' || *value == '\\') && bytebuf_add_char(out, '\\') < 0) ||
              bytebuf_add_char(out, *value) < 0;
    return bad || (quote && bytebuf_add_char(out, '\'') < 0) ? -1 : 0;
}

/* Raise what pq_dsn_parse() says. */
static void
raise_bad_dsn(PyObject *type, const char *what, pq_error *error)
{
    if (!error->message)
        PyErr_NoMemory();
    else {
        PyErr_Format(type, "%s: %s", what, error->message);
        if (strstr(error->message, "connection option"))
            note_add("the names are those of libpq, such as host, port, dbname, user, password, "
                     "sslmode, connect_timeout, application_name: PostgreSQL manual, Parameter Key "
                     "Words");
    }
    pq_error_clear(error);
}

/* connection.dsn: what was given, passwords hidden. A string that libpq cannot read shows nothing
 * of itself but that it is not valid. Tells whether connecting may have a time limit, too. */
static PyObject *
hide_passwords(module_state *state, PyObject *dsn, const char *text, int *time_limit)
{
    pq_error error = {0};
    PyObject *hidden = NULL;
    bytebuf out = BYTEBUF_INIT;
    int found = 0, bad = 0;
    PQconninfoOption *options = pq_dsn_parse(text, &error);
    if (!options) {
        raise_bad_dsn(state->InternalError, "the connection string is not valid", &error);
        goto exit;
    }
    *time_limit = pq_has_time_limit(options);
    for (PQconninfoOption *o = options; o->keyword && !bad; o++) {
        if (!o->val)
            continue;
        found |= pq_option_is_secret(o);
        bad = add_option(&out, o->keyword, pq_option_is_secret(o) ? "xxx" : o->val) < 0;
    }
    if (bad)
        PyErr_NoMemory();
    else
        hidden =
            found ? PyUnicode_DecodeUTF8(out.data, (Py_ssize_t)out.len, "replace") : Py_NewRef(dsn);
exit:
    bytebuf_free(&out);
    PQconninfoFree(options);
    return hidden;
}

/* DateStyle as reported, "ISO, MDY", into the two fields. */
static void
parse_date_style(connection_object *self, const char *text)
{
    strncpy(self->date_style_text, text, sizeof self->date_style_text - 1);
    self->date_style = strncmp(text, "SQL", 3) == 0        ? CAST_DATE_SQL
                       : strncmp(text, "Postgres", 8) == 0 ? CAST_DATE_POSTGRES
                       : strncmp(text, "German", 6) == 0   ? CAST_DATE_GERMAN
                                                           : CAST_DATE_ISO;
    self->date_order = strstr(text, "DMY")   ? CAST_ORDER_DMY
                       : strstr(text, "YMD") ? CAST_ORDER_YMD
                                             : CAST_ORDER_MDY;
}

/* connection.encoding: the server's name without separators. */
static int
take_encoding(connection_object *self, const char *pg_name)
{
    char plain[sizeof self->codec.pg_name];
    size_t n = 0;
    for (const char *p = pg_name; *p && n + 1 < sizeof plain; p++)
        if (isalnum((unsigned char)*p))
            plain[n++] = (char)toupper((unsigned char)*p);
    if (text_codec_init(&self->codec, self->state, pg_name) < 0)
        return -1;
    PyObject *encoding = PyUnicode_DecodeLatin1(plain, (Py_ssize_t)n, NULL);
    if (!encoding)
        return -1;
    Py_XSETREF(self->encoding, encoding);
    return 0;
}

/* Looked for after each statement, in a list of some twenty: a name that lies across the border of
 * a memory page is compared at half the speed. */
static const _Alignas(64) char strings_name[] = "standard_conforming_strings";
static const _Alignas(64) char style_name[] = "DateStyle";
static const _Alignas(64) char intervals_name[] = "IntervalStyle";

int
conn_sync_lock_held(connection_object *self)
{
    PGconn *pg = self->session.pg;
    if (!pg)
        return 0;
    int encoding_id = PQclientEncoding(pg);
    const char *strings = PQparameterStatus(pg, strings_name);
    const char *style = PQparameterStatus(pg, style_name);
    const char *intervals = PQparameterStatus(pg, intervals_name);
    self->std_strings = strings && strcmp(strings, "on") == 0;
    self->sql_intervals = intervals && strcmp(intervals, "sql_standard") == 0;
    if (style && strcmp(style, self->date_style_text) != 0)
        parse_date_style(self, style);
    if (encoding_id > 0 && encoding_id == self->encoding_id)
        return 0;
    const char *encoding = PQparameterStatus(pg, "client_encoding");
    self->encoding_id = 0;  // where it cannot be taken the codec is that of none
    if (!encoding || strcmp(encoding, self->codec.pg_name) == 0 ||
        take_encoding(self, encoding) == 0) {
        self->encoding_id = encoding_id;
        return 0;
    }
    if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
        /* What the server sends could not be read, nor be written so that it reads it. */
        self->closed = CONN_BROKEN;
        conn_hang_up_lock_held(self);
    }
    return -1;
}

int
conn_ready_lock_held(connection_object *self, const char **set_up)
{
    self->server_version = PQserverVersion(self->session.pg);
    self->protocol_version = PQprotocolVersion(self->session.pg);
    if (self->protocol_version < 3) {
        PyErr_SetString(self->state->InterfaceError, "only protocol 3 supported");
        return -1;
    }
    if (conn_sync_lock_held(self) < 0)
        return -1;
    self->closed = CONN_OPEN;
    self->status = CONN_STATUS_READY;
    if (!self->codec.py_name[0]) {
        PyErr_Format(self->state->OperationalError,
                     "no Python encoding for PostgreSQL encoding '%U'", self->encoding);
        return -1;
    }
    if (self->is_async)
        self->autocommit = 1;
    *set_up = self->date_style != CAST_DATE_ISO && !self->no_sql ? "SET DATESTYLE TO 'ISO'" : NULL;
    return 0;
}

/* Wait here until the connection stands. `start` 0: it was begun. */
static pq_state
run_blocking(connection_object *self, const char *dsn, int start)
{
    for (;;) {
        pq_state state;
        Py_BEGIN_ALLOW_THREADS;
        state = pq_connect_run(&self->session, dsn, start, &self->query.error);
        Py_END_ALLOW_THREADS;
        start = 0;
        if (state != PQ_INTERRUPTED || PyErr_CheckSignals() < 0)
            return state;
    }
}

static int
connect_wait(connection_object *self, const char *dsn)
{
    int green = green_enabled(self);
    pq_state state = green ? green_connect_lock_held(self, dsn) : PQ_WRITE;
    if (state == PQ_READ || state == PQ_WRITE)
        state = run_blocking(self, dsn, !green);
    if (state == PQ_FAILED)
        errors_raise(self->state, &self->query.error, &self->codec, &self->session, NULL);
    return state == PQ_OK ? 0 : -1;
}

/* Begin to connect; poll() goes on with it. */
static int
connect_start(connection_object *self, const char *dsn)
{
    pq_error error = {0};
    self->closed = CONN_OPEN;
    self->status = CONN_STATUS_SETUP;
    if (pq_connect_start(&self->session, dsn, &error) != PQ_FAILED)
        return 0;
    errors_raise(self->state, &error, &self->codec, &self->session, NULL);
    return -1;
}

int
conn_connect(connection_object *self, PyObject *dsn, int is_async)
{
    int answer = -1;
    const char *set_up;
    Py_ssize_t len;
    const char *text = PyUnicode_AsUTF8AndSize(dsn, &len);
    if (!text)
        return -1;
    if (strlen(text) != (size_t)len) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return -1;
    }
    int time_limit;
    PyObject *hidden = hide_passwords(self->state, dsn, text, &time_limit);
    if (!hidden)
        return -1;
    Py_XSETREF(self->dsn, hidden);
    if (pq_forked(&self->session) && pq_session_init(&self->session) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (pq_acquire(&self->session, 0) != 0) {
        PyErr_SetString(self->state->ProgrammingError,
                        "the connection is being made by another thread");
        return -1;
    }
    self->session.time_limit = time_limit;
    if (is_async)
        answer = connect_start(self, text);
    else if (connect_wait(self, text) == 0 && conn_ready_lock_held(self, &set_up) == 0)
        answer = set_up ? conn_exec_lock_held(self, set_up, NULL, NULL) : 0;
    if (answer < 0) {
        self->closed = CONN_CLOSED;
        conn_hang_up_lock_held(self);
    }
    conn_unlock(self);
    conn_events(self);
    return answer;
}

static PyObject *
wants_text(PyObject *value)
{
    if (PyUnicode_Check(value))
        return PyUnicode_AsUTF8String(value);
    if (PyBytes_Check(value))
        return Py_NewRef(value);
    PyErr_Format(PyExc_TypeError, "Expected bytes or unicode string, got %s instead",
                 Py_TYPE(value)->tp_name);
    return NULL;
}

static PyObject *
parse_dsn(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"dsn", NULL};
    PyObject *dsn, *bytes = NULL, *dict = NULL;
    PQconninfoOption *options = NULL;
    pq_error error = {0};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O", names, &dsn) || !(bytes = wants_text(dsn)))
        return NULL;
    if (strlen(PyBytes_AS_STRING(bytes)) != (size_t)PyBytes_GET_SIZE(bytes))
        PyErr_SetString(PyExc_ValueError, "embedded null character");
    else if ((options = pq_dsn_parse(PyBytes_AS_STRING(bytes), &error)))
        dict = conn_options_dict(options, 1);
    else
        raise_bad_dsn(state_of_module(module)->ProgrammingError, "invalid dsn", &error);
    PQconninfoFree(options);
    Py_DECREF(bytes);
    return dict;
}

/* The connection behind a connection or a cursor; borrowed, NULL with TypeError. */
static connection_object *
connection_of(module_state *state, PyObject *scope, const char *message)
{
    if (Connection_Check(state, scope))
        return (connection_object *)scope;
    if (Cursor_Check(state, scope) && ((cursor_object *)scope)->conn)
        return ((cursor_object *)scope)->conn;
    PyErr_SetString(PyExc_TypeError, message);
    return NULL;
}

static PyObject *
quote_ident(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"ident", "scope", NULL};
    module_state *state = state_of_module(module);
    PyObject *ident, *scope, *bytes = NULL, *quoted = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO", names, &ident, &scope))
        return NULL;
    connection_object *conn =
        connection_of(state, scope, "argument 2 must be a connection or a cursor");
    if (!conn || conn_check_open(conn) < 0)
        return NULL;
    bytes = PyUnicode_Check(ident) ? text_encode(&conn->codec, state, ident) : wants_text(ident);
    if (!bytes)
        return NULL;
    Py_SETREF(bytes, conn_quote_identifier(conn, bytes));
    if (bytes)
        quoted =
            text_decode(&conn->codec, state, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    Py_XDECREF(bytes);
    return quoted;
}

static PyObject *
libpq_version(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    return PyLong_FromLong(PQlibVersion());
}

/* What password_encryption is on the server, into `to`. */
static int
ask_algorithm_lock_held(connection_object *conn, char *to, size_t size)
{
    pq_result result;
    rowbuf_reader reader;
    int32_t len = -1;
    pq_result_init(&result);
    int answer = conn_exec_lock_held(conn, "show password_encryption", &result, NULL);
    if (answer == 0) {
        rowbuf_reader_init(&reader, &result.rows);
        const char *row = rowbuf_reader_peek(&reader);
        const char *value = row ? rowbuf_get_value(row, &len) : NULL;
        PyOS_snprintf(to, size, "%s", len < 0 ? "" : value);
    }
    pq_result_clear(&result);
    return answer;
}

/* The hash of a password by the given algorithm, or by the server's password_encryption:
 * PQencryptPasswordConn(). */
static PyObject *
encrypt_with_conn(module_state *state, connection_object *conn, const char *password,
                  const char *user, const char *algorithm)
{
    char told[64], *hash = NULL;
    PyObject *answer = NULL;
    if (async_check_idle(conn, "encrypt_password") < 0 || conn_lock(conn) < 0)
        return NULL;
    /* libpq would ask in blocking mode, which nothing could interrupt. */
    if (!algorithm && ask_algorithm_lock_held(conn, told, sizeof told) < 0)
        goto exit;
    Py_BEGIN_ALLOW_THREADS; /* some thousand rounds of SHA-256 */
    errno = 0;              // the only word of the libraries below libpq that lack memory
    hash = PQencryptPasswordConn(conn->session.pg, password, user, algorithm ? algorithm : told);
    Py_END_ALLOW_THREADS;
    if (hash)
        answer = PyUnicode_DecodeUTF8(hash, (Py_ssize_t)strlen(hash), NULL);
    else if (errno == ENOMEM)
        PyErr_NoMemory();
    else
        conn_raise_libpq(conn, state->ProgrammingError, "password encryption failed");
    PQfreemem(hash);
exit:
    conn_unlock(conn);
    conn_events(conn);
    return answer;
}

/* An argument of str, as UTF-8, or of bytes; for PyArg_ParseTuple(). */
static int
as_utf8(PyObject *value, void *to)
{
    const char *text;
    Py_ssize_t len;
    if (PyBytes_Check(value)) {
        text = PyBytes_AS_STRING(value);
        len = PyBytes_GET_SIZE(value);
    } else if (PyUnicode_Check(value)) {
        text = PyUnicode_AsUTF8AndSize(value, &len);
        if (!text)
            return 0;
    } else {
        PyErr_Format(PyExc_TypeError, "Expected bytes or unicode string, got %.200s instead",
                     Py_TYPE(value)->tp_name);
        return 0;
    }
    if (strlen(text) != (size_t)len) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return 0;
    }
    *(const char **)to = text;
    return 1;
}

static PyObject *
encrypt_password(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"password", "user", "scope", "algorithm", NULL};
    module_state *state = state_of_module(module);
    const char *password, *user, *algorithm = NULL;
    PyObject *scope = Py_None;
    connection_object *conn = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&O&|Oz", names, as_utf8, &password, as_utf8,
                                     &user, &scope, &algorithm))
        return NULL;
    if (scope != Py_None &&
        (!(conn = connection_of(state, scope, "the scope must be a connection or a cursor")) ||
         conn_check_open(conn) < 0))
        return NULL;
    if (conn)
        return encrypt_with_conn(state, conn, password, user, algorithm);
    if (!algorithm || strcmp(algorithm, "md5") != 0) {
        PyErr_SetString(
            state->ProgrammingError,
            "password encryption (other than 'md5' algorithm) requires a connection or cursor");
        return NULL;
    }
    char *hash = PQencryptPassword(password, user);
    PyObject *answer =
        hash ? PyUnicode_DecodeUTF8(hash, (Py_ssize_t)strlen(hash), NULL) : PyErr_NoMemory();
    PQfreemem(hash);
    return answer;
}

PyMethodDef conn_module_methods[] = {
    {"parse_dsn", COMPAT_METHOD(parse_dsn), METH_VARARGS | METH_KEYWORDS,
     "parse_dsn(dsn)\n--\n\n"
     "The options in a connection string or URI (str): a dict of str to str.\n\n"
     "Raises `ProgrammingError` where it is not valid. libpq: PQconninfoParse()."},
    {"quote_ident", COMPAT_METHOD(quote_ident), METH_VARARGS | METH_KEYWORDS,
     "quote_ident(ident, scope)\n--\n\n"
     "The name *ident* (str) as an SQL identifier, in quotes (str), for the connection or cursor\n"
     "*scope*. To build statements of names, see `psycopg2.sql`.\n\n"
     "Raises `ValueError` for a NUL in it, `TypeError` for another *scope*, `InterfaceError` "
     "where\n"
     "that is closed. libpq: PQescapeIdentifier()."},
    {"encrypt_password", COMPAT_METHOD(encrypt_password), METH_VARARGS | METH_KEYWORDS,
     "encrypt_password(password, user, scope=None, algorithm=None)\n--\n\n"
     "The hash (str) of the *password* of *user* (both str) that ``ALTER ROLE ... PASSWORD``\n"
     "takes, so that the server never sees the password. *algorithm* is ``'scram-sha-256'`` or\n"
     "``'md5'``; None is the server's choice. *scope* is a connection or a cursor; only for\n"
     "``'md5'`` it may be None.\n\n"
     "Raises `ProgrammingError` where it is missing, and for another algorithm. libpq:\n"
     "PQencryptPasswordConn()."},
    {"libpq_version", libpq_version, METH_NOARGS,
     "libpq_version()\n--\n\n"
     "The version (int) of the libpq in use: 180003 is 18.3. libpq: PQlibVersion()."},
    {NULL, NULL, 0, NULL},
};
