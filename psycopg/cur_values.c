/* Pages of extras.execute_values(): one statement with the values of many rows. */
#include "cur_pages.h"

#include "compose.h"

#include <string.h>

/* How many rows may be unanswered, and pages at least: their values are kept so long. */
enum { ROWS_AHEAD = 1 << 14, PAGES_AHEAD = 8 };
/* A longer template has more placeholders than the protocol takes. */
enum { TEMPLATE_MOST = 1 << 18 };

void
cur_values_begin(cur_pages *self)
{
    Py_ssize_t pages = ROWS_AHEAD / self->values.page_size;
    self->many.one_by_one = (unsigned)self->values.first_alone;
    self->many.pipe->most = pages < PAGES_AHEAD     ? PAGES_AHEAD
                            : pages < PIPELINE_MOST ? (unsigned)pages
                                                    : PIPELINE_MOST;
}

/* Append SQL to a template. */
static int
add_escaped(bytebuf *out, PyObject *bytes)
{
    const char *text = PyBytes_AS_STRING(bytes), *end = text + PyBytes_GET_SIZE(bytes);
    for (; text < end; text++) {
        if ((*text == '%' && bytebuf_add_char(out, '%') < 0) || bytebuf_add_char(out, *text) < 0)
            return -1;
    }
    return 0;
}

PyObject *
cur_values_template(const cur_values *self)
{
    bytebuf out = BYTEBUF_INIT;
    Py_ssize_t rows = self->page_size, len = PyBytes_GET_SIZE(self->template);
    if (rows > TEMPLATE_MOST / (len + 1))
        rows = 1;  // of no use but to tell whether the encoding can be scanned
    int bad = add_escaped(&out, self->before) < 0;
    for (Py_ssize_t i = 0; i < rows && !bad; i++)
        bad = (i && bytebuf_add_char(&out, ',') < 0) ||
              bytebuf_add(&out, PyBytes_AS_STRING(self->template), (size_t)len) < 0;
    bad = bad || add_escaped(&out, self->after) < 0;
    PyObject *template =
        bad ? PyErr_NoMemory() : PyBytes_FromStringAndSize(out.data, (Py_ssize_t)out.len);
    bytebuf_free(&out);
    return template;
}

/* -- as parameters
 * ------------------------------------------------------------------------------------------------
 */

/* The values of a full page, a tuple; NULL: it is to be composed, or, with an exception, there is
 * no memory. */
static PyObject *
page_values(cur_pages *self, PyObject *rows)
{
    const compose_template *template = &self->many.template;
    Py_ssize_t n = PyList_GET_SIZE(rows), each = (Py_ssize_t) template->scan.count / n;
    PyObject *values = PyTuple_New(n * each);
    for (Py_ssize_t i = 0; values && i < n && i < PyList_GET_SIZE(rows); i++) {
        PyObject *row = compose_row_values(template, PyList_GET_ITEM(rows, i), each);
        for (Py_ssize_t k = 0; row && k < each; k++)
            PyTuple_SET_ITEM(values, i * each + k, Py_NewRef(PyTuple_GET_ITEM(row, k)));
        if (!row)
            Py_CLEAR(values);
        Py_XDECREF(row);
    }
    return values;
}

static int
send_typed(cur_pages *self, PyObject *rows)
{
    cur_many *many = &self->many;
    Py_ssize_t n = PyList_GET_SIZE(rows), count = (Py_ssize_t)many->template.scan.count;
    if (!many->template.typed || n != self->values.page_size || count % n)
        return 0;
    PyObject *values = page_values(self, rows);
    if (!values)
        return PyErr_Occurred() ? -1 : 0;
    int signature;
    many->period = (int)(count / n);
    int answer = cur_many_match_values(many, values, &signature);
    if (answer > 0)
        answer = cur_many_send(many, 0, signature, values);
    cur_many_note(many, answer, values);
    Py_DECREF(values);
    return answer;
}

/* -- composed
 * ------------------------------------------------------------------------------------------------
 */

static int
add_bytes(bytebuf *out, PyObject *bytes)
{
    if (bytebuf_add(out, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes)) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

static int
compose_page(cur_pages *self, PyObject *rows, bytebuf *sql)
{
    adapt_ctx ctx;
    const char *template = PyBytes_AS_STRING(self->values.template);
    Py_ssize_t len = PyBytes_GET_SIZE(self->values.template);
    conn_adapt_ctx(self->many.cur->conn, &ctx);
    if (add_bytes(sql, self->values.before) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(rows); i++) {
        if (i && bytebuf_add_char(sql, ',') < 0) {
            PyErr_NoMemory();
            return -1;
        }
        PyObject *row = Py_NewRef(PyList_GET_ITEM(rows, i));
        int bad = compose_query(&ctx, template, len, row, sql) < 0;
        Py_DECREF(row);
        if (bad)
            return -1;
    }
    if (add_bytes(sql, self->values.after) < 0)
        return -1;
    if (bytebuf_terminate(sql) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

static int
run_composed(cur_pages *self, PyObject *query)
{
    cursor_object *cur = self->many.cur;
    if (conn_pipeline_finish(self->many.pipe) < 0 || cur_many_settle(&self->many) < 0 ||
        cur_check_open(cur) < 0 || conn_check_not_prepared(cur->conn, "execute") < 0)
        return -1;
    cur_many_overtaken(&self->many);
    Py_XSETREF(cur->query, Py_NewRef(query));
    cur_drop_rows(cur);
    cur->mark = cur->conn->mark;
    return cur_run(cur, PyBytes_AS_STRING(query), 0) < 0 ? -1 : 1;
}

static int
send_composed(cur_pages *self, PyObject *rows, int ahead)
{
    cur_many *many = &self->many;
    bytebuf sql = BYTEBUF_INIT;
    int answer = compose_page(self, rows, &sql);
    PyObject *query = answer == 0 ? PyBytes_FromStringAndSize(sql.data, (Py_ssize_t)sql.len) : NULL;
    bytebuf_free(&sql);
    if (!query)
        return -1;
    if (ahead && !many->alone && many->template.plain)
        answer = cur_many_send_composed(many, PyBytes_AS_STRING(query),
                                        (size_t)PyBytes_GET_SIZE(query), query);
    many->alone = 0;
    cur_many_note(many, answer, query);
    if (answer == 0)
        answer = run_composed(self, query);
    Py_DECREF(query);
    return answer;
}

int
cur_values_send(cur_pages *self, PyObject *rows)
{
    int ahead = conn_pipeline_may_open(self->many.pipe);
    int sent = ahead ? send_typed(self, rows) : 0;
    return sent ? sent : send_composed(self, rows, ahead);
}
