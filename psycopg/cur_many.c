#include "cur_many.h"

#include "compose.h"
#include "oids.h"

#include <string.h>

int
cur_many_init(cur_many *self, cursor_object *cur, PyObject *operation)
{
    memset(self, 0, sizeof *self);
    self->cur = cur;
    self->operation = operation;
    self->parsed = -1;
    self->pipe = conn_pipeline_new(cur->conn, (PyObject *)cur);
    return self->pipe ? 0 : -1;
}

static void
forget_statement(cur_many *self)
{
    for (int i = 0; i < MANY_SIGNATURES; i++)
        PyMem_Free(self->signatures[i].types);
    memset(self->signatures, 0, sizeof self->signatures);
    compose_params_clear(&self->params);
    memset(&self->params, 0, sizeof self->params);
    compose_template_clear(&self->template);
    self->no_rules = 0;
}

void
cur_many_clear(cur_many *self)
{
    forget_statement(self);
    Py_CLEAR(self->last);
    conn_pipeline_release(self->pipe);
    self->pipe = NULL;
}

/* Whether the server makes letters those of another encoding; -1 with an exception. */
static int
recodes(connection_object *conn)
{
    int looked = conn_lock_to_look(conn);
    if (looked < 0)
        return -1;
    const PGconn *pg = pq_look(&conn->session);
    const char *client = PQparameterStatus(pg, "client_encoding");
    const char *server = PQparameterStatus(pg, "server_encoding");
    int answer = !client || !server || strcmp(client, server) != 0;
    conn_unlock_looked(conn, looked);
    return answer;
}

/* Read the query; what is wrong with it is told by composing. */
static int
read_statement(cur_many *self)
{
    connection_object *conn = self->cur->conn;
    conn_adapt_ctx(conn, &self->ctx);
    PyObject *query = compose_query_bytes(&self->ctx, self->operation);
    if (!query) {
        if (PyErr_ExceptionMatches(PyExc_MemoryError) || !PyErr_ExceptionMatches(PyExc_Exception))
            return -1;
        PyErr_Clear();
        self->never = 1;
        return 0;
    }
    int answer = compose_template_init(&self->template, &self->ctx, query);
    Py_DECREF(query);
    if (answer == 0 && self->template.typed)
        answer = compose_params_init(&self->params, &self->template);
    if (answer == 0 && self->template.typed && (self->template.recoded = recodes(conn)) < 0)
        answer = -1;
    if (!self->period)
        self->period = self->params.count;
    return answer;
}

int
cur_many_ready(cur_many *self)
{
    if (self->pipe->exc)
        return conn_pipeline_finish(self->pipe);
    /* Somebody else had the connection: tables, rules and the encoding may be others. Where that
     * goes on, sending ahead only costs. */
    if (self->yields != self->pipe->yields) {
        self->yields = self->pipe->yields;
        if (cur_many_settle(self) < 0)
            return -1;
        self->one_by_one = 1u << (self->yields < 10 ? self->yields : 10);
        forget_statement(self);
    }
    if (self->never)
        return 0;
    if (self->one_by_one) {
        self->one_by_one--;
        return 0;
    }
    if (!self->template.query && read_statement(self) < 0)
        return -1;
    return !self->never;
}

/* -- signatures
 * ------------------------------------------------------------------------------------------------
 */

/* Reading a text of another type may fail, and as a literal it is then told where that stands. */
static int
is_text(uint32_t type)
{
    return type == OID_TEXT || type == OID_VARCHAR || type == OID_BPCHAR;
}

/* Whether no value of the literal's type is refused by a column of the other, however that is
 * declared: varchar(3), numeric(4, 2). */
static int
always_goes(uint32_t type, uint32_t column)
{
    switch (type) {
    case 0:
        return column == OID_TEXT;
    case OID_INT4:
        return column == OID_INT4 || column == OID_INT8 || column == OID_FLOAT8 ||
               column == OID_TEXT;
    case OID_INT8:
        return column == OID_INT8 || column == OID_FLOAT8 || column == OID_TEXT;
    case OID_NUMERIC:
        return column == OID_FLOAT8 || column == OID_TEXT;
    default:
        return type == column;
    }
}

/* Whether the values of SET are such: once the server has a plan for all parameters, it refuses one
 * where it puts it into a row, and a literal before it looks for rows. */
static int
all_go(const cur_many *self, const many_signature *signature, const adapt_param *params)
{
    for (int i = 0; i < self->params.count; i++) {
        if (self->template.scan.holes[i].set && !params[i].null &&
            !always_goes(signature->types[i], signature->resolved[i]))
            return 0;
    }
    return 1;
}

/* Whether a text fits where there is none, or NULL, in the signature. */
static int
text_fits(const cur_many *self, const many_signature *signature, int i)
{
    uint32_t resolved = signature->resolved[i];
    return self->template.scan.holes[i].set ? always_goes(0, resolved) : is_text(resolved);
}

/* Whether the row's types are the signature's; where not, but the row fits it all the same, because
 * a NULL is in the place of what differs, *fits. */
static int
compare(const cur_many *self, const many_signature *signature, const adapt_param *params, int *fits)
{
    int same = 1;
    *fits = signature->accepted;
    for (int i = 0; i < self->params.count; i++) {
        uint32_t type = signature->types[i];
        same &= type == params[i].type;
        if (params[i].null)
            *fits &= !type || self->template.scan.holes[i].stored;
        else
            *fits &= type == params[i].type && (type || text_fits(self, signature, i));
    }
    return same;
}

/* The signature that a row fits: its number; -1: none, and an empty place for its own in *place;
 * -2: none, nor a place. */
static int
find_signature(const cur_many *self, const adapt_param *params, int *place)
{
    int known = 0, fits;
    for (int i = 0; i < MANY_SIGNATURES; i++) {
        int at = (self->parsed + i) % MANY_SIGNATURES;
        at = at < 0 ? MANY_SIGNATURES - 1 : at;
        if (!self->signatures[at].types) {
            *place = at;
            continue;
        }
        known |= compare(self, &self->signatures[at], params, &fits);
        if (fits)
            return at;
    }
    return known || *place < 0 ? -2 : -1;
}

/* The parameter that tells the type of parameter `i`: itself, but for a NULL that goes into a
 * column that of another row of the same statement. */
static const adapt_param *
typed_like(const cur_many *self, const adapt_param *params, int i)
{
    if (!params[i].null || !self->template.scan.holes[i].stored)
        return &params[i];
    int at = i % self->period;
    while (at + self->period < self->params.count && params[at].null)
        at += self->period;
    return self->template.scan.holes[at].stored ? &params[at] : &params[i];
}

/* `guess`: leave it to the server what a float is that goes into a column. What SET puts into one
 * is left to it always: it tells what that is. */
static int
add_signature(cur_many *self, int place, const adapt_param *params, int guess)
{
    size_t n = (size_t)self->params.count;
    uint32_t *types = PyMem_New(uint32_t, 2 * n);
    if (!types) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        const adapt_param *like = typed_like(self, params, (int)i);
        types[i] = like->type;
        const compose_hole *hole = &self->template.scan.holes[i];
        int open =
            guess && like->real && hole->stored && self->template.column[i] == COLUMN_UNKNOWN;
        types[n + i] = open || hole->set ? 0 : types[i];
    }
    PyMem_Free(self->signatures[place].types);
    self->signatures[place] = (many_signature){.types = types, .resolved = types + n};
    return 0;
}

/* Ask the server about a signature, and enter the pipeline if it takes it. */
static int
ask(cur_many *self, many_signature *signature)
{
    conn_trial trial = {.sql = self->template.sql.data,
                        .count = self->params.count,
                        .types = signature->resolved,
                        .writes = self->template.scan.writes && !self->no_rules};
    if (conn_pipeline_finish(self->pipe) < 0 || cur_many_settle(self) < 0)
        return -1;
    self->parsed = -1;
    return conn_pipeline_open(self->pipe, &trial);
}

/* A number with a fraction is a numeric to the server, which it then casts where it goes into a
 * float8: to the very float that it was written from. So it is sent as that. 1: there are such; 0:
 * none; -1: a float goes into another column. */
static int
note_float8(cur_many *self, many_signature *signature, const adapt_param *params)
{
    int found = 0, others = 0;
    for (int i = 0; i < self->params.count; i++) {
        int stored = self->template.scan.holes[i].stored, real = params[i].real;
        if (!stored || !(real || params[i].null))
            continue;
        if (signature->resolved[i] == OID_FLOAT8) {
            self->template.column[i] = COLUMN_FLOAT8;
            if (real || signature->types[i])
                signature->types[i] = OID_FLOAT8;
            found |= real;
        } else if (real && signature->resolved[i] != signature->types[i]) {
            self->template.column[i] = COLUMN_OTHER;
            others = 1;
        }
    }
    return others ? -1 : found;
}

static int
try_signature(cur_many *self, int place, const adapt_param *params)
{
    many_signature *signature = &self->signatures[place];
    if (add_signature(self, place, params, 1) < 0)
        return -1;
    int accepted = ask(self, signature), again = 0;
    if (accepted > 0 && (again = note_float8(self, signature, params)) < 0) {
        if (add_signature(self, place, params, 0) < 0)
            return -1;
        accepted = ask(self, signature);
        again = accepted > 0 && note_float8(self, signature, params) > 0;
    }
    if (accepted <= 0) {
        self->alone = 1;
        return accepted;
    }
    self->no_rules |= self->template.scan.writes;
    signature->accepted = all_go(self, signature, params);
    int fits;
    (void)compare(self, signature, params, &fits);
    return again ? 2 : fits;
}

int
cur_many_match(cur_many *self, size_t row, int *signature)
{
    const adapt_param *params = self->params.params + row * (size_t)self->params.count;
    int place = -1;
    *signature = find_signature(self, params, &place);
    if (*signature == -1) {
        int taken = try_signature(self, place, params);
        *signature = place;
        return taken;
    }
    return *signature >= 0;
}

int
cur_many_match_values(cur_many *self, PyObject *values, int *signature)
{
    int answer;
    do {
        compose_params_reset(&self->params);
        answer = compose_params_add(&self->params, &self->template, &self->ctx, values);
        if (answer > 0)
            answer = cur_many_match(self, 0, signature);
    } while (answer == 2);
    return answer;
}

/* -- sending
 * ------------------------------------------------------------------------------------------------
 */

/* Be in the pipeline, with what is known of the statement still true. 1, 0, -1. */
static int
get_open(cur_many *self, conn_trial *trial)
{
    if (trial && (conn_pipeline_finish(self->pipe) < 0 || cur_many_settle(self) < 0))
        return -1;
    if (self->yields != self->pipe->yields)
        return 0;
    if (!conn_pipeline_is_open(self->pipe)) {
        self->parsed = -1;
        int opened = conn_pipeline_open(self->pipe, trial);
        if (opened <= 0)
            return opened;
    }
    return self->yields == self->pipe->yields;
}

int
cur_many_send(cur_many *self, size_t row, int signature, PyObject *what)
{
    conn_pipeline *pipe = self->pipe;
    int count = self->params.count, open = get_open(self, NULL);
    if (open > 0 && self->parsed != signature) {
        pq_state state = pq_pipeline_parse(&pipe->query, self->template.sql.data, count,
                                           self->signatures[signature].types);
        if (conn_pipeline_added(pipe, state, NULL, self->template.sql.len) < 0)
            return -1;
        open = conn_pipeline_is_open(pipe);
        self->parsed = open ? signature : -1;
    }
    if (open <= 0)
        return open;
    size_t bytes = compose_params_take(&self->params, row);
    pq_state state = pq_pipeline_bound(&pipe->query, count, self->params.values,
                                       self->params.lengths, self->params.formats);
    return conn_pipeline_added(pipe, state, Py_NewRef(what), bytes) < 0 ? -1 : 1;
}

int
cur_many_send_composed(cur_many *self, const char *sql, size_t len, PyObject *what)
{
    compose_scan scan;
    if (compose_scan_sql(sql, len, 0, &scan) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (!scan.one || scan.declares)
        return 0;
    conn_trial trial = {.writes = 1};
    int asks = scan.writes && !self->no_rules;
    int open = get_open(self, asks ? &trial : NULL);
    if (open <= 0) {
        self->never |= asks && open == 0 && self->yields == self->pipe->yields;
        return open;
    }
    self->no_rules |= asks;
    self->parsed = -1;
    pq_state state = pq_pipeline_statement(&self->pipe->query, sql);
    return conn_pipeline_added(self->pipe, state, Py_NewRef(what), len) < 0 ? -1 : 1;
}

/* -- the end
 * ------------------------------------------------------------------------------------------------
 */

int
cur_many_compose_list(const cur_many *self, PyObject *values, Py_ssize_t from, bytebuf *sql)
{
    for (Py_ssize_t i = from; i < PyList_GET_SIZE(values); i++) {
        if ((i > from && bytebuf_add_char(sql, ';') < 0)) {
            PyErr_NoMemory();
            return -1;
        }
        if (compose_row(&self->template, &self->ctx, PyList_GET_ITEM(values, i), sql) < 0)
            return -1;
    }
    if (bytebuf_terminate(sql) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* Set cursor.query to `what`, as cur_many.last. */
static int
tell_query(cur_many *self, PyObject *what)
{
    bytebuf sql = BYTEBUF_INIT;
    int answer = 0;
    if (what && PyBytes_Check(what)) {
        Py_XSETREF(self->cur->query, Py_NewRef(what));
        return 0;
    }
    if (!what || !self->template.query)
        return 0;
    if (PyList_Check(what))
        answer = cur_many_compose_list(self, what, 0, &sql);
    else
        answer = compose_row(&self->template, &self->ctx, what, &sql);
    if (answer == 0)
        answer = cur_set_query(self->cur, sql.data, sql.len);
    bytebuf_free(&sql);
    return answer;
}

void
cur_many_sent(cur_many *self, PyObject *last)
{
    self->piped = 1;
    self->answered = self->cur->answered;
    Py_XSETREF(self->last, Py_XNewRef(last));
}

void
cur_many_not_sent(cur_many *self, PyObject *last)
{
    if (self->pipe->failed && !self->pipe->refused)
        Py_XSETREF(self->last, Py_NewRef(last));
}

void
cur_many_note(cur_many *self, int answer, PyObject *last)
{
    if (answer > 0)
        cur_many_sent(self, last);
    else if (answer < 0)
        cur_many_not_sent(self, last);
}

void
cur_many_overtaken(cur_many *self)
{
    self->piped = 0;
    Py_CLEAR(self->last);
}

void
cur_many_hide_rows(cursor_object *cur)
{
    if (cur->rows && !cur->rows->reading)
        cur->rows->result.kind = PQ_RESULT_COMMAND;
}

int
cur_many_settle(cur_many *self)
{
    PyObject *last = self->last;
    int told = 0, tells = self->piped && self->answered == self->cur->answered;
    self->last = NULL;
    self->piped = 0;
    if (tells)
        told = tell_query(self, last);
    if (tells && told == 0)
        told = cur_take_result(self->cur, &self->pipe->result, NULL);
    if (tells && told == 0 && self->hides)
        cur_many_hide_rows(self->cur);
    Py_XDECREF(last);
    return told;
}

int
cur_many_end(cur_many *self, int answer)
{
    PyObject *exc = compat_err_take();
    if (conn_pipeline_finish(self->pipe) < 0) {  // it came before what `exc` tells of
        Py_XSETREF(exc, compat_err_take());
        answer = -1;
    }
    int told = self->pipe->failed
                   ? tell_query(self, self->pipe->refused ? self->pipe->refused : self->last)
                   : cur_many_settle(self);
    if (told == 0) {
        compat_err_restore(exc);
        if (answer < 0 && self->pipe->failed)
            cur_reset_for_error(self->cur);
        return answer;
    }
    Py_XDECREF(exc);
    return -1;
}
