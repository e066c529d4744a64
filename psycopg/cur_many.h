/* One statement with many rows of parameters, sent ahead of the answers. L4. */
#ifndef PSYCOPG_CUR_MANY_H
#define PSYCOPG_CUR_MANY_H

#include "cur.h"

#include "compose_many.h"
#include "conn_pipeline.h"

/* How many combinations of parameter types are tried. */
enum { MANY_SIGNATURES = 8 };

/* The types of a row's parameters, and what the server said. */
typedef struct {
    uint32_t *types;    /* as the literals have them; NULL: an empty place */
    uint32_t *resolved; /* as the server takes them */
    int accepted;
} many_signature;

typedef struct {
    cursor_object *cur;
    PyObject *operation;
    adapt_ctx ctx;
    conn_pipeline *pipe;
    compose_template template;
    compose_params params;
    int period; /* so many parameters on stands that of the next row in the same statement */
    many_signature signatures[MANY_SIGNATURES];
    int parsed;   /* the signature that the server has a statement for; -1: none */
    int no_rules; /* there is no rule to mind */
    int never;    /* nothing can be sent ahead */
    int alone; /* the next row goes by itself: the server has refused its statement, and is to say
                  why */
    unsigned yields;     /* pipe->yields when all this was found out */
    unsigned one_by_one; /* so many rows go by themselves before it is tried (again) */
    /* of what was sent last, where the cursor does not tell of it yet: */
    int piped;              /* there is such */
    PyObject *last;         /* cursor.query is to be made of it: its text, the tuple of its values,
                               or a list of such; NULL: it is set already */
    unsigned long answered; /* cur->answered at that time */
    int hides;              /* rows are no result to the program */
} cur_many;

/* Get ready for `operation`. 0, or -1 with an exception. */
int cur_many_init(cur_many *self, cursor_object *cur, PyObject *operation);
void cur_many_clear(cur_many *self);
/* Before a row or page: forget what no longer holds. Whether anything may be sent ahead; -1 with an
 * exception. */
int cur_many_ready(cur_many *self);
/* Whether row `row` of the parameters can be sent as they are: get ready for it. Ends what is under
 * way where the server has to be asked. 1; 2: yes, but they are to be made anew; 0; -1 with an
 * exception. */
int cur_many_match(cur_many *self, size_t row, int *signature);
/* The same for a row that is the only one: put its values, a tuple, into the parameters. */
int cur_many_match_values(cur_many *self, PyObject *values, int *signature);
/* Send it; `what` is what is refused with it. 1; 0: it has to go by itself; -1 with an exception.
 */
int cur_many_send(cur_many *self, size_t row, int signature, PyObject *what);
/* The same for a statement that was composed. */
int cur_many_send_composed(cur_many *self, const char *sql, size_t len, PyObject *what);

/* It was sent: what cursor.query is to be made of, or NULL. */
void cur_many_sent(cur_many *self, PyObject *last);
/* It could not be sent, or the server asked: where that is the connection's fault, the cursor tells
 * of this. */
void cur_many_not_sent(cur_many *self, PyObject *last);
/* The one or the other, by what sending it answered; 0: neither. */
void cur_many_note(cur_many *self, int answer, PyObject *last);
/* Something goes by itself, of which the cursor tells then. */
void cur_many_overtaken(cur_many *self);
/* Leave the cursor as if that had been waited for, as it now has: unless it was used for something
 * else since then. 0, or -1 with an exception. */
int cur_many_settle(cur_many *self);
/* What the last statement gave are no rows to the program. */
void cur_many_hide_rows(cursor_object *cur);

/* Append the statements of `values`, a list of such tuples, from number `from` on, as one text. 0,
 * or -1 with an exception. */
int cur_many_compose_list(const cur_many *self, PyObject *values, Py_ssize_t from, bytebuf *sql);
/* No more rows come; `answer` < 0: because of an exception. Wait for what is under way, and leave
 * the cursor as if each had been waited for. 0, or -1 with an exception. */
int cur_many_end(cur_many *self, int answer);

#endif
