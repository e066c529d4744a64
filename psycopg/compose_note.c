#include "compose_note.h"

#include "note.h"

#include <string.h>

/* Names of a dict that are worth being told. */
enum { NAMES_TOLD = 20, NAME_LENGTH = 60 };

/* What conversions a query has: those of a position, and where the first is that is no %s. */
typedef struct {
    Py_ssize_t positions, bad; /* bad: -1: none */
} conversions;

static conversions
count_conversions(const char *query, Py_ssize_t len)
{
    conversions found = {.bad = -1};
    for (Py_ssize_t at = 0; at < len; at++) {
        const char *percent = memchr(query + at, '%', (size_t)(len - at));
        if (!percent)
            break;
        at = percent - query + 1;
        char next = at < len ? query[at] : '\0';
        if (next == '%' || next == '(')
            continue;
        found.positions++;
        if (next != 's' && found.bad < 0)
            found.bad = at - 1;
    }
    return found;
}

/* A str, or bytes: its characters are taken for the parameters, which nobody means. */
static void
note_string(PyObject *args)
{
    if (PyUnicode_Check(args) || PyBytes_Check(args))
        note_add("the parameters are one %.200s, of which each character counts as a parameter: a "
                 "single parameter goes into a tuple, as in (value,), or a list, as in [value]",
                 Py_TYPE(args)->tp_name);
}

static void
note_percent(Py_ssize_t at)
{
    note_add("the %% at index %zd of the query begins no placeholder: where parameters are given, "
             "write %%%% for a %%, and %%s for a value of any type",
             at);
}

static void
note_count(const char *query, Py_ssize_t len, PyObject *args)
{
    PyObject *exc = compat_err_take();
    Py_ssize_t given = PySequence_Size(args);
    PyErr_Clear();
    compat_err_restore(exc);
    conversions found = count_conversions(query, len);
    Py_ssize_t expected = found.positions;
    if (given >= 0)
        note_add("the query has %zd placeholder%s, and there %s %zd parameter%s", expected,
                 expected == 1 ? "" : "s", given == 1 ? "is" : "are", given, given == 1 ? "" : "s");
    note_string(args);
    if (found.bad >= 0)
        note_percent(found.bad);
}

/* The names that a dict has, where they are few and short; what it holds is nobody's business. */
static void
note_names(PyObject *args)
{
    if (!PyDict_CheckExact(args) || PyDict_GET_SIZE(args) > NAMES_TOLD)
        return;
    PyObject *exc = compat_err_take();
    PyObject *names = PyList_New(0), *comma = PyUnicode_FromString(", "), *text = NULL;
    PyObject *name, *value;
    Py_ssize_t at = 0;
    int fit = names && comma;
    while (fit && PyDict_Next(args, &at, &name, &value))
        fit = PyUnicode_CheckExact(name) && PyUnicode_GET_LENGTH(name) <= NAME_LENGTH &&
              PyList_Append(names, name) == 0;
    if (fit && PyList_GET_SIZE(names) && PyList_Sort(names) == 0)
        text = PyUnicode_Join(comma, names);
    PyErr_Clear();
    compat_err_restore(exc);
    if (text)
        note_add("the parameters have the names %U", text);
    else if (fit)
        note_add("the parameters are empty");
    Py_XDECREF(text);
    Py_XDECREF(names);
    Py_XDECREF(comma);
}

static void
note_sequence(PyObject *args)
{
    note_add(
        "the query has placeholders with names, as in %%(name)s, which take their values from a "
        "dict: the parameters are a %.200s",
        Py_TYPE(args)->tp_name);
}

void
compose_note(compose_slip slip, const char *query, Py_ssize_t len, PyObject *args)
{
    const char *type = Py_TYPE(args)->tp_name;
    switch (slip) {
    case SLIP_COUNT:
        note_count(query, len, args);
        break;
    case SLIP_MAPPING:
        note_add("%%s takes its value by position: with a %.200s, write %%(name)s; or give the "
                 "values in a sequence",
                 type);
        break;
    case SLIP_NO_INDEX:
        note_add(
            "the parameters are a %.200s: a single one goes into a tuple, as in (value,), or a "
            "list, as in [value]; several into a sequence, as in list(values)",
            type);
        break;
    case SLIP_SEQUENCE:
        note_sequence(args);
        break;
    case SLIP_KEY:
        note_names(args);
        break;
    case SLIP_CHARACTER:
    case SLIP_INCOMPLETE:
        note_add("where parameters are given, write %%%% for a %%, and %%s, or %%(name)s, for a "
                 "value of any type");
        break;
    case SLIP_MIXED:
        note_add("a query has placeholders with names, %%(name)s, or without, %%s, throughout");
        break;
    case SLIP_NONE:
        break;
    }
}
