/* progress= of the COPY methods: how far it has come. */
#include "cur_copy.h"

#include <string.h>

/* Whether `function` takes the totals. 1, 0, -1. */
static int
takes_totals(PyObject *function)
{
    int answer = -1;
    PyObject *module = PyImport_ImportModule("psycopg2._progress");
    PyObject *told = module ? PyObject_CallMethod(module, "takes_totals", "O", function) : NULL;
    if (told)
        answer = PyObject_IsTrue(told);
    Py_XDECREF(told);
    Py_XDECREF(module);
    return answer;
}

int
copy_progress_init(copy_progress *self, PyObject *function)
{
    *self = (copy_progress){.function = NULL};
    if (!function || function == Py_None)
        return 0;
    if (!PyCallable_Check(function)) {
        PyErr_Format(PyExc_TypeError, "progress must be callable or None, not %.200s",
                     Py_TYPE(function)->tp_name);
        return -1;
    }
    self->function = function;
    self->totals = takes_totals(function);
    return self->totals < 0 ? -1 : 0;
}

void
copy_progress_count(copy_job *job, const char *bytes, size_t len)
{
    copy_progress *self = &job->progress;
    if (!self->function)
        return;
    self->bytes += (int64_t)len;
    if (job->result.binary_copy) {
        self->rows = -1;
        return;
    }
    const char *end = bytes + len;
    while ((bytes = memchr(bytes, '\n', (size_t)(end - bytes)))) {
        bytes++;
        self->rows++;
    }
}

int
copy_progress_tell(copy_job *job)
{
    copy_progress *self = &job->progress;
    PyObject *result;
    if (!self->function || self->bytes == self->told)
        return 0;
    int64_t more = self->bytes - self->told;
    self->told = self->bytes;
    if (self->totals)
        result = PyObject_CallFunction(self->function, "LL", (long long)self->bytes,
                                       (long long)self->rows);
    else
        result = PyObject_CallFunction(self->function, "L", (long long)more);
    Py_XDECREF(result);
    return result ? copy_check_session(job) : -1;
}
