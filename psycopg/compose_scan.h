/* What a statement looks like to PostgreSQL's lexer, as far as it takes to know whether it can go
 * by the extended protocol and mean the same. Not sure is no. L2. */
#ifndef PSYCOPG_COMPOSE_SCAN_H
#define PSYCOPG_COMPOSE_SCAN_H

#include <stddef.h>

/* A placeholder. */
typedef struct {
    size_t at, end;        /* where it stands in the query */
    size_t name, name_len; /* of %(name)s; 0, 0: %s */
    unsigned char typed;   /* a parameter of the literal's type means there what it means */
    unsigned char stored;  /* ... and it is the value of a column, as INSERT has it */
    unsigned char set;     /* ... and of one that SET names: it may go into no row at all */
    unsigned char no_null; /* ... but for NULL */
} compose_hole;

typedef struct {
    int one; /* a single SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES, TABLE, WITH or DECLARE */
    int declares;        /* it is that DECLARE */
    int writes;          /* there may be an INSERT, UPDATE, DELETE or MERGE in it */
    compose_hole *holes; /* of a template, in their order */
    size_t count, size;
} compose_scan;

/* Look at `len` bytes of SQL, in an encoding where each ASCII byte is that character.
 * `is_template`: there are placeholders in it, and %% stands for %; else there is nothing to clear.
 * 0, or -1: no memory, no exception is set. */
int compose_scan_sql(const char *sql, size_t len, int is_template, compose_scan *out);
void compose_scan_clear(compose_scan *self);

#endif
