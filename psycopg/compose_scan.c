#include "compose_scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What a piece of SQL is, and what the words among them mean to us. */
typedef enum {
    NOTHING,
    NAME,     /* an identifier, or a keyword that is not below */
    RESERVED, /* a keyword that names no function: a parenthesis after it opens none's arguments */
    VALUES,
    IN,
    SET,
    SELECT,
    SORTS,   /* ORDER, GROUP, DISTINCT: a number behind them may be that of a column */
    FOLLOWS, /* a keyword that may follow an operand */
    ENDS,    /* the same, which ends a SET */
    WRITES,
    LITERAL, /* a string or a number */
    COMPARES,
    EQUALS,
    OPERATOR,
    OPEN,
    CLOSE,
    COMMA,
    SEMICOLON,
    HOLE,
    OTHER, /* :, . and brackets */
    UNSURE /* what we do not look into */
} token;

/* What a pair of parentheses holds. */
typedef enum { GROUP_OTHER, GROUP_LIST, GROUP_ARGUMENTS, GROUP_ROW } group;

enum { MAX_DEPTH = 32 };

typedef struct {
    const char *sql;
    size_t len, pos;
    int is_template;
    compose_scan *out;
    token before[3]; /* the last tokens, the latest first */
    int words;       /* how many words have come */
    int insert;      /* it begins with INSERT, and no SELECT or WITH has come */
    int update;      /* outside of parentheses we are in a SET */
    int merge;       /* there is a MERGE */
    int sets;        /* there is a SET in parentheses */
    int sorts;
    int ended;                 /* a semicolon has come */
    int row_ended;             /* the last ) closed a row of VALUES */
    int depth;                 /* in parentheses */
    size_t lone_from, lone_to; /* the holes of a row of VALUES, as long as it is the only one */
    int place;                 /* the last hole may be typed, if the next token allows it: 1 among
                                  arguments, 2 behind an operator */
    group groups[MAX_DEPTH];
} scanner;

static const struct {
    const char *word;
    token meaning;
} words[] = {
    {"all", RESERVED},    {"and", FOLLOWS},
    {"any", RESERVED},    {"array", RESERVED},
    {"as", RESERVED},     {"between", RESERVED},
    {"by", RESERVED},     {"case", RESERVED},
    {"delete", WRITES},   {"distinct", SORTS},
    {"do", RESERVED},     {"else", RESERVED},
    {"end", RESERVED},    {"except", RESERVED},
    {"exists", RESERVED}, {"filter", RESERVED},
    {"for", RESERVED},    {"from", FOLLOWS},
    {"group", SORTS},     {"having", RESERVED},
    {"ilike", RESERVED},  {"in", IN},
    {"insert", WRITES},   {"intersect", RESERVED},
    {"into", RESERVED},   {"is", RESERVED},
    {"join", RESERVED},   {"lateral", RESERVED},
    {"like", RESERVED},   {"limit", RESERVED},
    {"merge", WRITES},    {"not", RESERVED},
    {"offset", RESERVED}, {"on", RESERVED},
    {"or", FOLLOWS},      {"order", SORTS},
    {"over", RESERVED},   {"returning", ENDS},
    {"row", RESERVED},    {"select", SELECT},
    {"set", SET},         {"some", RESERVED},
    {"then", RESERVED},   {"union", RESERVED},
    {"update", WRITES},   {"using", RESERVED},
    {"values", VALUES},   {"when", RESERVED},
    {"where", ENDS},      {"with", SELECT},
};

/* -- tokens
 * ------------------------------------------------------------------------------------------------
 */

static int
is_name_start(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static int
is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static int
is_operator(unsigned char c)
{
    return c && strchr("+-*/<>=~!@#^&|`?", c) != NULL;
}

static int
same_word(const char *text, size_t len, const char *word)
{
    for (size_t i = 0; i < len; i++) {
        if ((text[i] | 0x20) != word[i] || !word[i])
            return 0;
    }
    return !word[len];
}

static token
read_word(scanner *self)
{
    const char *start = self->sql + self->pos;
    while (self->pos < self->len) {
        unsigned char c = (unsigned char)self->sql[self->pos];
        if (c == '$')
            return UNSURE;
        if (!is_name_start(c) && !is_digit(c))
            break;
        self->pos++;
    }
    size_t len = (size_t)(self->sql + self->pos - start);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (same_word(start, len, words[i].word))
            return words[i].meaning;
    }
    return NAME;
}

/* 'text' or "name", where a quote is written twice. */
static token
read_quoted(scanner *self, char quote)
{
    for (self->pos++; self->pos < self->len; self->pos++) {
        char c = self->sql[self->pos];
        if (c == '\\')
            return UNSURE;
        if (c == '%' && self->is_template) {
            if (self->pos + 1 == self->len || self->sql[self->pos + 1] != '%')
                return UNSURE;
            self->pos++;
        } else if (c == quote) {
            self->pos++;
            if (self->pos == self->len || self->sql[self->pos] != quote)
                return quote == '"' ? NAME : LITERAL;
        }
    }
    return UNSURE;
}

static token
read_number(scanner *self)
{
    while (self->pos < self->len) {
        unsigned char c = (unsigned char)self->sql[self->pos];
        if (!is_name_start(c) && !is_digit(c) && c != '.')
            break;
        self->pos++;
    }
    return LITERAL;
}

static token
read_operator(scanner *self)
{
    char text[3] = "";
    size_t n = 0;
    while (self->pos < self->len) {
        const char *at = self->sql + self->pos;
        size_t left = self->len - self->pos;
        char c = *at;
        if (left > 1 && ((c == '-' && at[1] == '-') || (c == '/' && at[1] == '*')))
            return UNSURE;
        if (c == '%' && self->is_template && left > 1 && at[1] == '%')
            self->pos++;
        else if (!is_operator((unsigned char)c) && (c != '%' || self->is_template))
            break;
        if (n < sizeof text - 1)
            text[n] = c;
        n++;
        self->pos++;
    }
    if (n == 1 && *text == '=')
        return EQUALS;
    if (n == 1)
        return *text == '<' || *text == '>' ? COMPARES : OPERATOR;
    return n == 2 && (!strcmp(text, "<>") || !strcmp(text, "!=") || !strcmp(text, "<=") ||
                      !strcmp(text, ">="))
               ? COMPARES
               : OPERATOR;
}

/* %s or %(name)s. A name with a parenthesis or percent sign in it is an error, told by composing.
 */
static token
read_hole(scanner *self)
{
    const char *sql = self->sql;
    compose_hole hole = {.at = self->pos++};
    if (self->pos < self->len && sql[self->pos] == '(') {
        hole.name = ++self->pos;
        while (self->pos < self->len && !strchr("()%", sql[self->pos]))
            self->pos++;
        hole.name_len = self->pos - hole.name;
        if (self->pos == self->len || sql[self->pos++] != ')')
            return UNSURE;
    }
    if (self->pos == self->len || sql[self->pos++] != 's')
        return UNSURE;
    hole.end = self->pos;
    compose_scan *out = self->out;
    if (out->count == out->size) {
        size_t size = out->size ? 2 * out->size : 8;
        compose_hole *holes = realloc(out->holes, size * sizeof *holes);
        if (!holes)
            return NOTHING;
        out->holes = holes;
        out->size = size;
    }
    out->holes[out->count++] = hole;
    return HOLE;
}

static token
read_token(scanner *self)
{
    unsigned char c = (unsigned char)self->sql[self->pos];
    if (is_name_start(c))
        return read_word(self);
    if (is_digit(c))
        return read_number(self);
    if (c == '\'' || c == '"')
        return read_quoted(self, (char)c);
    if (c == '%' && self->is_template &&
        (self->pos + 1 == self->len || self->sql[self->pos + 1] != '%'))
        return read_hole(self);
    if (is_operator(c) || c == '%')
        return read_operator(self);
    self->pos++;
    switch (c) {
    case '(':
        return OPEN;
    case ')':
        return CLOSE;
    case ',':
        return COMMA;
    case ';':
        return SEMICOLON;
    case ':':
        if (self->pos < self->len && self->sql[self->pos] == '=')
            self->pos++;
        return OTHER;
    case '.':
    case '[':
    case ']':
        return OTHER;
    default:  // $ and backslash among them
        return UNSURE;
    }
}

/* -- what they mean
 * ----------------------------------------------------------------------------------------
 */

/* The statements that the extended protocol treats as the simple one does. */
static int
can_begin(const char *text, size_t len)
{
    static const char *const can[] = {"select", "insert", "update", "delete", "merge",
                                      "values", "table",  "with",   "declare"};
    for (size_t i = 0; i < sizeof can / sizeof *can; i++) {
        if (same_word(text, len, can[i]))
            return 1;
    }
    return 0;
}

/* A VALUES of one row, but that of an INSERT, is no list to the server: its values get to where
 * they are used. */
static void
drop_lone_row(scanner *self)
{
    for (; self->lone_from < self->lone_to; self->lone_from++)
        self->out->holes[self->lone_from].typed = 0;
}

static int
open_group(scanner *self)
{
    token last = self->before[0];
    if (self->depth == MAX_DEPTH)
        return -1;
    group what = GROUP_OTHER;
    if (last == VALUES && self->merge && self->before[1] != OPEN)
        what = GROUP_OTHER;  // its INSERT, which may be done for no row
    else if (last == VALUES || (last == COMMA && self->before[1] == CLOSE && self->row_ended))
        what = GROUP_ROW;
    else if (last == IN)
        what = GROUP_LIST;
    else if (last == NAME)
        what = GROUP_ARGUMENTS;
    if (last == VALUES)
        drop_lone_row(self);
    if (what == GROUP_ROW)
        self->lone_from = self->lone_to =
            last == VALUES && !(self->insert && !self->depth) ? self->out->count : SIZE_MAX;
    self->groups[self->depth++] = what;
    return 0;
}

/* Whether a value of such a group takes a parameter for a literal. The server evaluates what is
 * made of literals before it executes anything: what that refuses must be sure to be evaluated
 * where there are parameters, too. */
static int
takes_value(const scanner *self, group in)
{
    if (in == GROUP_ARGUMENTS)
        return self->insert && self->groups[0] == GROUP_ROW;
    return in != GROUP_OTHER;
}

/* A hole: whether its place, as far as it is known yet, takes a parameter for a literal. */
static void
place_hole(scanner *self)
{
    compose_hole *hole = &self->out->holes[self->out->count - 1];
    token last = self->before[0];
    group in = self->depth ? self->groups[self->depth - 1] : GROUP_OTHER;
    self->place = 0;
    if (self->sorts)
        return;
    if ((last == OPEN || last == COMMA) && takes_value(self, in)) {
        self->place = 1;
        hole->stored = self->insert && self->depth == 1 && in == GROUP_ROW;
    } else if (last == COMPARES || last == EQUALS) {
        /* With transform_null_equals the server takes x = NULL for x IS NULL, but not in SET. */
        int may_assign = last == EQUALS && ((self->update && !self->depth) || self->sets);
        hole->set = may_assign && !self->depth && self->before[1] == NAME &&
                    (self->before[2] == SET || self->before[2] == COMMA);
        hole->no_null = !hole->set;
        self->place = may_assign && !hole->set ? 0 : 2;
    }
}

/* What follows the last hole. */
static void
settle_hole(scanner *self, token next)
{
    if (!self->place)
        return;
    int ends = next == COMMA || next == CLOSE ||
               (self->place == 2 &&
                (next == NOTHING || next == SEMICOLON || next == FOLLOWS || next == ENDS));
    self->out->holes[self->out->count - 1].typed = (unsigned char)ends;
    self->place = 0;
}

static void
take_word(scanner *self, token what, const char *text, size_t len)
{
    if (!self->words++) {
        self->out->one = can_begin(text, len) && self->before[0] == NOTHING;
        self->insert = same_word(text, len, "insert");
        self->out->declares = same_word(text, len, "declare");
    }
    if (what == WRITES) {
        self->out->writes = 1;
        self->merge |= same_word(text, len, "merge");
    }
    if (what == SELECT)
        self->insert = 0;
    if (what == SORTS)
        self->sorts = 1;
    if (what == SET && !self->depth)
        self->update = 1;
    else if (what == SET)
        self->sets = 1;
    else if (what == ENDS && !self->depth)
        self->update = 0;
}

/* pg_cursors and pg_cursor() show the statement itself where it came by the extended protocol. */
static int
tells_portals(const char *name, size_t len)
{
    size_t quoted = *name == '"';
    return len >= 9 + quoted && same_word(name + quoted, 2, "pg") && name[quoted + 2] == '_' &&
           same_word(name + quoted + 3, 6, "cursor");
}

/* 0; -1: this is no single statement that we understand. */
static int
take_token(scanner *self, token what, size_t start)
{
    settle_hole(self, what);
    if (what == UNSURE || (self->ended && what != SEMICOLON))
        return -1;
    if (what == NAME && tells_portals(self->sql + start, self->pos - start))
        return -1;
    if (what >= NAME && what <= WRITES && self->sql[start] != '"')
        take_word(self, what, self->sql + start, self->pos - start);
    if (what == SEMICOLON && self->depth)
        return -1;
    self->ended |= what == SEMICOLON;
    if (what == OPEN && open_group(self) < 0)
        return -1;
    if (what == CLOSE) {
        if (!self->depth)
            return -1;
        self->row_ended = self->groups[--self->depth] == GROUP_ROW;
        if (self->row_ended && self->lone_from != SIZE_MAX)
            self->lone_to = self->out->count;
    }
    if (what == HOLE)
        place_hole(self);
    self->before[2] = self->before[1];
    self->before[1] = self->before[0];
    self->before[0] = what;
    return 0;
}

int
compose_scan_sql(const char *sql, size_t len, int is_template, compose_scan *out)
{
    scanner self = {.sql = sql, .len = len, .is_template = is_template, .out = out};
    memset(out, 0, sizeof *out);
    while (self.pos < len) {
        size_t start = self.pos;
        if (strchr(" \t\r\n\f\v", sql[start]) && sql[start]) {
            self.pos++;
            continue;
        }
        token what = read_token(&self);
        if (what == NOTHING)
            return -1;
        if (take_token(&self, what, start) < 0) {
            out->one = 0;
            return 0;
        }
    }
    settle_hole(&self, NOTHING);
    drop_lone_row(&self);
    out->one = out->one && !self.depth;
    return 0;
}

void
compose_scan_clear(compose_scan *self)
{
    free(self->holes);
    memset(self, 0, sizeof *self);
}
