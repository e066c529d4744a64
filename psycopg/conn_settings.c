/* Settings of a connection: how transactions are opened, autocommit, the client encoding. */
#include "conn.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const isolation_names[] = {
    [CONN_ISOLATION_READ_COMMITTED] = "READ COMMITTED",
    [CONN_ISOLATION_REPEATABLE_READ] = "REPEATABLE READ",
    [CONN_ISOLATION_SERIALIZABLE] = "SERIALIZABLE",
    [CONN_ISOLATION_READ_UNCOMMITTED] = "READ UNCOMMITTED",
    [CONN_ISOLATION_DEFAULT] = NULL,
};

static const char *const state_names[] = {
    [CONN_STATE_OFF] = "off",
    [CONN_STATE_ON] = "on",
    [CONN_STATE_DEFAULT] = NULL,
};

void
conn_begin_text(const connection_object *self, char *sql, size_t size)
{
    int with_level = self->isolation != CONN_ISOLATION_DEFAULT;
    snprintf(sql, size, "BEGIN%s%s%s%s", with_level ? " ISOLATION LEVEL " : "",
             with_level ? isolation_names[self->isolation] : "",
             self->readonly == CONN_STATE_ON    ? " READ ONLY"
             : self->readonly == CONN_STATE_OFF ? " READ WRITE"
                                                : "",
             self->deferrable == CONN_STATE_ON    ? " DEFERRABLE"
             : self->deferrable == CONN_STATE_OFF ? " NOT DEFERRABLE"
                                                  : "");
}

enum { GIVEN_ISOLATION = 1, GIVEN_READONLY = 2, GIVEN_DEFERRABLE = 4 };

typedef struct {
    int autocommit, isolation, readonly, deferrable;
    int given; /* which of the last three the call has a value for */
} settings;

static int
set_default(connection_object *self, const char *name, const char *value)
{
    char sql[128];
    snprintf(sql, sizeof sql,
             value ? "SET default_transaction_%s TO '%s'" : "SET default_transaction_%s TO DEFAULT",
             name, value);
    return conn_exec_lock_held(self, sql, NULL, NULL);
}

/* Tell the server of the settings where BEGIN will not: in autocommit a value that is given becomes
 * the session's default; when autocommit ends, the session gets back the defaults it had. */
static int
tell_defaults(connection_object *self, const settings *s)
{
    const struct {
        const char *name;
        int given;
        const char *had, *wants;
    } each[] = {
        {"isolation", s->given & GIVEN_ISOLATION, isolation_names[self->isolation],
         isolation_names[s->isolation]},
        {"read_only", s->given & GIVEN_READONLY, state_names[self->readonly],
         state_names[s->readonly]},
        {"deferrable", s->given & GIVEN_DEFERRABLE, state_names[self->deferrable],
         state_names[s->deferrable]},
    };
    for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
        int due = s->autocommit ? each[i].given : self->autocommit && each[i].had;
        if (due && set_default(self, each[i].name, s->autocommit ? each[i].wants : NULL) < 0)
            return -1;
    }
    return 0;
}

static int
apply(connection_object *self, const settings *s)
{
    if (tell_defaults(self, s) < 0)
        return -1;
    self->autocommit = s->autocommit;
    self->isolation = s->isolation;
    self->readonly = s->readonly;
    self->deferrable = s->deferrable;
    return 0;
}

static settings
current(const connection_object *self)
{
    return (settings){self->autocommit, self->isolation, self->readonly, self->deferrable, 0};
}

static int
change(connection_object *self, const settings *s)
{
    if (conn_lock(self) < 0)
        return -1;
    /* What told the value, or another thread, may have begun a transaction. */
    int answer = conn_check_idle(self, "set_session") < 0 ? -1 : apply(self, s);
    conn_unlock(self);
    conn_events(self);
    return answer;
}

static int
check_settable(connection_object *self)
{
    if (conn_check_open(self) < 0 || conn_check_sync(self, "set_session") < 0)
        return -1;
    return conn_check_idle(self, "set_session");
}

static PyObject *
as_text(PyObject *value)
{
    if (PyUnicode_Check(value))
        return Py_NewRef(value);
    if (PyBytes_Check(value))
        return PyUnicode_DecodeUTF8(PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value), NULL);
    PyErr_Format(PyExc_TypeError, "Expected bytes or unicode string, got %s instead",
                 Py_TYPE(value)->tp_name);
    return NULL;
}

static int
equals_ignoring_case(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (toupper((unsigned char)*a) != toupper((unsigned char)*b))
            return 0;
    return *a == *b;
}

static int
parse_isolation_name(PyObject *value)
{
    int level = -1;
    PyObject *str = as_text(value);
    const char *text = str ? PyUnicode_AsUTF8(str) : NULL;
    if (text) {
        if (equals_ignoring_case(text, "DEFAULT"))
            level = CONN_ISOLATION_DEFAULT;
        for (int i = CONN_ISOLATION_READ_COMMITTED; i <= CONN_ISOLATION_READ_UNCOMMITTED; i++)
            if (equals_ignoring_case(text, isolation_names[i]))
                level = i;
        if (level < 0)
            PyErr_Format(PyExc_ValueError, "bad value for isolation_level: '%s'", text);
    }
    Py_XDECREF(str);
    return level;
}

/* A level from Python: None, a number from `lowest` to 4, or a name. -1 with an exception. */
static int
parse_isolation(PyObject *value, long lowest)
{
    if (value == Py_None)
        return CONN_ISOLATION_DEFAULT;
    if (!PyLong_Check(value))
        return parse_isolation_name(value);
    long level = PyLong_AsLong(value);
    if (level == -1 && PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_OverflowError))
        return -1;
    PyErr_Clear();
    if (level >= lowest && level <= CONN_ISOLATION_READ_UNCOMMITTED)
        return (int)level;
    PyErr_Format(PyExc_ValueError, lowest ? "isolation_level must be between 1 and 4"
                                          : "isolation level must be between 0 and 4");
    return -1;
}

/* readonly and deferrable: None or 'default', or a truth. */
static int
parse_state(PyObject *value)
{
    if (value == Py_None)
        return CONN_STATE_DEFAULT;
    if (PyUnicode_Check(value) || PyBytes_Check(value)) {
        PyObject *str = as_text(value);
        const char *text = str ? PyUnicode_AsUTF8(str) : NULL;
        int is_default = text && equals_ignoring_case(text, "DEFAULT");
        if (text && !is_default)
            PyErr_Format(PyExc_ValueError, "the only string accepted is 'default'; got %s", text);
        Py_XDECREF(str);
        return is_default ? CONN_STATE_DEFAULT : -1;
    }
    int truth = PyObject_IsTrue(value);
    return truth < 0 ? -1 : truth ? CONN_STATE_ON : CONN_STATE_OFF;
}

/* Put one given value into `s`; NULL: not given. */
static int
parse_settings(settings *s, PyObject *isolation, PyObject *readonly, PyObject *deferrable,
               PyObject *autocommit)
{
    s->given = (isolation ? GIVEN_ISOLATION : 0) | (readonly ? GIVEN_READONLY : 0) |
               (deferrable ? GIVEN_DEFERRABLE : 0);
    if (isolation && (s->isolation = parse_isolation(isolation, 1)) < 0)
        return -1;
    if (readonly && (s->readonly = parse_state(readonly)) < 0)
        return -1;
    if (deferrable && (s->deferrable = parse_state(deferrable)) < 0)
        return -1;
    return autocommit && (s->autocommit = PyObject_IsTrue(autocommit)) < 0 ? -1 : 0;
}

static PyObject *
none_as_missing(PyObject *value)
{
    return value == Py_None ? NULL : value;
}

PyObject *
conn_set_session(connection_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"isolation_level", "readonly", "deferrable", "autocommit", NULL};
    PyObject *isolation = Py_None, *readonly = Py_None, *deferrable = Py_None,
             *autocommit = Py_None;
    if (check_settable(self) < 0 ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "|OOOO", names, &isolation, &readonly,
                                     &deferrable, &autocommit))
        return NULL;
    settings s = current(self);
    if (parse_settings(&s, none_as_missing(isolation), none_as_missing(readonly),
                       none_as_missing(deferrable), none_as_missing(autocommit)) < 0 ||
        change(self, &s) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
conn_set_isolation_level(connection_object *self, PyObject *value)
{
    if (conn_check_open(self) < 0 || conn_check_sync(self, "\"isolation_level\"") < 0 ||
        conn_check_not_prepared(self, "\"isolation_level\"") < 0)
        return NULL;
    int level = parse_isolation(value, 0);
    if (level < 0 || conn_rollback(self) < 0)
        return NULL;
    settings s = current(self);
    s.autocommit = level == 0;
    if (level !=
        0) /* autocommit has no level of its own: the one that was set comes back with it */
        s.isolation = level;
    if (change(self, &s) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
conn_get_isolation_level(connection_object *self, void *Py_UNUSED(closure))
{
    if (self->isolation == CONN_ISOLATION_DEFAULT)
        Py_RETURN_NONE;
    return PyLong_FromLong(self->isolation);
}

PyObject *
conn_get_autocommit(connection_object *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(self->autocommit);
}

static PyObject *
state_value(int state)
{
    if (state == CONN_STATE_DEFAULT)
        Py_RETURN_NONE;
    return PyBool_FromLong(state);
}

PyObject *
conn_get_readonly(connection_object *self, void *Py_UNUSED(closure))
{
    return state_value(self->readonly);
}

PyObject *
conn_get_deferrable(connection_object *self, void *Py_UNUSED(closure))
{
    return state_value(self->deferrable);
}

int
conn_set_setting(connection_object *self, PyObject *value, void *closure)
{
    const char *name = closure;
    if (!value) {
        PyErr_Format(PyExc_TypeError, "cannot delete connection.%s", name);
        return -1;
    }
    if (check_settable(self) < 0)
        return -1;
    settings s = current(self);
    if (parse_settings(&s, strcmp(name, "isolation_level") == 0 ? value : NULL,
                       strcmp(name, "readonly") == 0 ? value : NULL,
                       strcmp(name, "deferrable") == 0 ? value : NULL,
                       strcmp(name, "autocommit") == 0 ? value : NULL) < 0)
        return -1;
    return change(self, &s);
}

/* The name of an encoding as it is compared: letters and digits, upper case. Into `to`. -1: too
 * long or not ASCII. */
static int
plain_name(const char *name, char *to, size_t size)
{
    size_t n = 0;
    for (; *name; name++) {
        if ((unsigned char)*name >= 128 || n + 1 >= size)
            return -1;
        if (isalnum((unsigned char)*name))
            to[n++] = (char)toupper((unsigned char)*name);
    }
    to[n] = '\0';
    return 0;
}

/* SET client_encoding; one that Python has no codec for is taken back. */
static int
set_encoding(connection_object *self, const char *wanted)
{
    char sql[128], had[sizeof self->codec.pg_name];
    strcpy(had, self->codec.pg_name);
    snprintf(sql, sizeof sql, "SET client_encoding TO '%s'", wanted);
    if (conn_rollback(self) < 0 || conn_exec(self, sql, NULL, NULL) < 0)
        return -1;
    if (self->codec.py_name[0]) {
        PyObject *encoding = PyUnicode_FromString(wanted);
        if (!encoding)
            return -1;
        Py_XSETREF(self->encoding, encoding);
        return 0;
    }
    snprintf(sql, sizeof sql, "SET client_encoding TO '%s'", had);
    if (conn_exec(self, sql, NULL, NULL) == 0)
        PyErr_Format(self->state->OperationalError,
                     "no Python encoding for PostgreSQL encoding '%s'", wanted);
    return -1;
}

PyObject *
conn_set_client_encoding(connection_object *self, PyObject *value)
{
    char wanted[64], current_name[64];
    const char *name;
    Py_ssize_t len;
    if (conn_check_open(self) < 0 || conn_check_sync(self, "set_client_encoding") < 0 ||
        conn_check_not_prepared(self, "set_client_encoding") < 0)
        return NULL;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "argument 1 must be str, not %.200s",
                     Py_TYPE(value)->tp_name);
        return NULL;
    }
    if (!(name = PyUnicode_AsUTF8AndSize(value, &len)))
        return NULL;
    if (strlen(name) != (size_t)len) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return NULL;
    }
    if (plain_name(name, wanted, sizeof wanted) < 0) {
        PyErr_Format(self->state->DataError, "not the name of an encoding: %R", value);
        return NULL;
    }
    if (plain_name(self->codec.pg_name, current_name, sizeof current_name) == 0 &&
        strcmp(wanted, current_name) == 0)
        Py_RETURN_NONE;
    if (set_encoding(self, wanted) < 0)
        return NULL;
    Py_RETURN_NONE;
}
