/* Connection strings: reading them, and keeping the secrets in them out of error messages. */
#include "pq.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int
pq_option_is_secret(const PQconninfoOption *option)
{
    /* libpq marks passwords; what stands in for one it only hides from option lists. */
    return (option->dispchar && option->dispchar[0] == '*') ||
           strcmp(option->keyword, "scram_client_key") == 0 ||
           strcmp(option->keyword, "scram_server_key") == 0;
}

/* -- Secrets in messages --
 *
 * libpq quotes what it could not read, and an unescaped "@", "/" or blank in a password makes a
 * host, a port or an option of its rest. So what may be part of a secret is not shown, whatever
 * libpq took it for. */

typedef struct {
    size_t begin, end; /* offsets into the DSN */
} span;

#define MAX_SPANS 8

typedef struct {
    const char *dsn;
    int is_uri;
    span spans[MAX_SPANS];
    int count;
} secrets;

static const char *const secret_words[] = {
    "password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key",
};

static void
add_span(secrets *self, size_t begin, size_t end)
{
    if (begin >= end)
        return;
    if (self->count < MAX_SPANS)
        self->spans[self->count++] = (span){begin, end};
    else if (self->spans[MAX_SPANS - 1].end < end)
        self->spans[MAX_SPANS - 1].end = end;
}

/* Where the value begins of a secret option whose name is at `at`; 0: there is none. */
static size_t
secret_value(const char *dsn, size_t at, int is_uri)
{
    for (size_t i = 0; i < sizeof secret_words / sizeof *secret_words; i++) {
        size_t len = strlen(secret_words[i]);
        if (strncmp(dsn + at, secret_words[i], len) != 0)
            continue;
        size_t next = at + len;
        while (!is_uri && isspace((unsigned char)dsn[next]))
            next++;
        if (dsn[next] == '=')
            return next + 1;
    }
    return 0;
}

/* "postgresql://user:secret@host/db?password=secret": the password is taken to end at the last "@".
 * In a string that libpq could read it is looked for before the query alone, and nowhere if libpq
 * took all of it for the password. */
static void
find_in_uri(secrets *self, size_t begin, int is_valid)
{
    const char *dsn = self->dsn, *colon = strchr(dsn + begin, ':'), *at = NULL;
    size_t query = begin + strcspn(dsn + begin, "?");
    for (const char *p = dsn + begin; *p && (!is_valid || p < dsn + query); p++)
        if (*p == '@')
            at = p;
    if (is_valid && at == dsn + begin + strcspn(dsn + begin, "@/"))
        return;
    if (colon && at && colon < at)
        add_span(self, (size_t)(colon + 1 - dsn), (size_t)(at - dsn));
    if (is_valid)
        return;
    for (size_t i = query; dsn[i]; i++) {
        if (dsn[i] != '?' && dsn[i] != '&')
            continue;
        size_t value = secret_value(dsn, i + 1, 1);
        if (value)
            add_span(self, value, value + strcspn(dsn + value, "&"));
    }
}

/* "password=secret": it is taken to reach to the end, since a blank in it begins another option. */
static void
find_in_keywords(secrets *self)
{
    for (size_t i = 0; self->dsn[i]; i++) {
        size_t value = secret_value(self->dsn, i, 0);
        if (value) {
            add_span(self, value, strlen(self->dsn));
            return;
        }
    }
}

static void
find_secrets(secrets *self, const char *dsn, int is_valid)
{
    static const char *const schemes[] = {"postgresql://", "postgres://"};
    *self = (secrets){.dsn = dsn};
    for (int i = 0; i < 2; i++)
        if (strncmp(dsn, schemes[i], strlen(schemes[i])) == 0) {
            self->is_uri = 1;
            find_in_uri(self, strlen(schemes[i]), is_valid);
            return;
        }
    if (!is_valid)
        find_in_keywords(self);
}

/* The byte at `at`, and how many characters of the DSN it takes: 3 as "%41", if `decode`. */
static unsigned char
byte_at(const char *at, int decode, size_t *width)
{
    *width = 1;
    if (!decode || at[0] != '%' || !isxdigit((unsigned char)at[1]) ||
        !isxdigit((unsigned char)at[2]))
        return (unsigned char)*at;
    char digits[] = {at[1], at[2], '\0'};
    *width = 3;
    return (unsigned char)strtoul(digits, NULL, 16);
}

/* libpq's translated messages have the quotes of their language. */
static int
is_quote(char c)
{
    return c == '"' || c == '\'' || (unsigned char)c >= 0x80;
}

/* How much of `quoted`, the text behind a quote, stands in the DSN from `from` on and ends with a
 * quote; 0: nothing. *to is where it ends in the DSN. */
static size_t
common(const char *quoted, const char *dsn, size_t from, int decode, size_t *to)
{
    size_t len = 0, best = 0, width;
    for (size_t i = from; dsn[i]; i += width, len++) {
        if (quoted[len] == '\0' || (unsigned char)quoted[len] != byte_at(dsn + i, decode, &width))
            break;
        if (is_quote(quoted[len + 1])) {
            best = len + 1;
            *to = i + width;
        }
    }
    return best;
}

/* The part of a message behind a quote that is from within the DSN and has a secret in it: its
 * length, 0 for none, and where in the DSN it is. The longest there is. */
static size_t
find_quoted(const secrets *self, const char *quoted, span *where)
{
    size_t longest = 0;
    for (size_t from = 0; self->dsn[from]; from++)
        for (int decode = 0; decode <= self->is_uri; decode++) {
            size_t to = 0, len = common(quoted, self->dsn, from, decode, &to);
            for (int i = 0; len > longest && i < self->count; i++)
                if (from < self->spans[i].end && to > self->spans[i].begin) {
                    longest = len;
                    *where = (span){from, to};
                }
        }
    return longest;
}

/* Write a part of the DSN with "***" for each secret. */
static int
add_hidden(bytebuf *out, const secrets *self, span part)
{
    int bad = 0, hidden = 0;
    for (size_t i = part.begin; i < part.end && !bad; i++) {
        int secret = 0;
        for (int s = 0; s < self->count; s++)
            secret |= i >= self->spans[s].begin && i < self->spans[s].end;
        if (!secret)
            bad = bytebuf_add_char(out, self->dsn[i]) < 0;
        else if (!hidden)
            bad = bytebuf_add_literal(out, "***") < 0;
        hidden = secret;
    }
    return bad ? -1 : 0;
}

/* A word that libpq took for an option's name, and which looks like one, is shown: a slip in a name
 * is more likely than a password with a blank or a "?" and then a "=" in it. So are the separators
 * that libpq tells of. */
static int
is_harmless(const char *message, const char *quote, size_t len)
{
    static const char *const says[] = {
        "invalid connection option ",
        "invalid URI query parameter: ",
    };
    size_t before = (size_t)(quote - message);
    if (len == 1 && ispunct((unsigned char)quote[1]))
        return 1;
    if (strspn(quote + 1, "abcdefghijklmnopqrstuvwxyz_") < len)
        return 0;
    for (int i = 0; i < 2; i++) {
        size_t n = strlen(says[i]);
        if (before >= n && strncmp(quote - n, says[i], n) == 0)
            return 1;
    }
    return 0;
}

static char *
hide_in_message(const secrets *self, const char *message)
{
    bytebuf out = BYTEBUF_INIT;
    int bad = 0;
    for (const char *p = message; *p && !bad; p++) {
        span where = {0, 0};
        size_t len = is_quote(*p) ? find_quoted(self, p + 1, &where) : 0;
        bad = bytebuf_add_char(&out, *p) < 0;
        if (bad || !len || is_harmless(message, p, len))
            continue;
        bad = add_hidden(&out, self, where) < 0;
        p += len;
    }
    if (bad || bytebuf_terminate(&out) < 0)
        bytebuf_free(&out);
    return out.data;
}

void
pq_error_hide_secrets(pq_error *error, const char *dsn, int is_valid)
{
    secrets found;
    if (!error->message)
        return;
    find_secrets(&found, dsn, is_valid);
    if (!found.count)
        return;
    char *message = hide_in_message(&found, error->message);
    free(error->message);
    error->message = message;
    error->no_memory |= !message;
}

PQconninfoOption *
pq_dsn_parse(const char *dsn, pq_error *error)
{
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(dsn, &why);
    /* Every other text quotes from the DSN, lines and all. */
    if (!options && (!why || strcmp(why, "out of memory\n") == 0))
        error->no_memory = 1;
    else if (!options) {
        pq_error_set_text(error, why);
        pq_error_hide_secrets(error, dsn, 0);
    }
    PQfreemem(why);
    return options;
}
