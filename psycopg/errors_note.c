/* What to do about errors that programs meet most, by SQLSTATE. */
#include "errors.h"

#include "note.h"

#include <string.h>

static const struct {
    const char *code, *note;
} notes[] = {
    {"25P02",
     "an earlier statement of the transaction has failed, with the error that tells why: call "
     "rollback() of the connection before the next one, or roll back to a savepoint"},
    {"25001",
     "the statement runs by itself only: set connection.autocommit to True before it, with no "
     "transaction open"},
    {"25006", "the transaction is read-only: see connection.readonly, and whether the server is a "
              "standby"},
    {"34000", "a cursor of the server ends with its transaction: make the named cursor with "
              "withhold=True to use it after commit()"},
    {"40001", "the transaction was rolled back by the server, and may well succeed when it is run "
              "again from its start"},
    {"40P01", "the transaction was rolled back by the server, and may well succeed when it is run "
              "again from its start"},
    {"57014", "the statement was cancelled: by statement_timeout, connection.cancel() or Ctrl-C"},
};

/* 42601 at a placeholder: the parameters are missing. Needs the message in English. */
static int
is_placeholder_refused(const char *code, const char *message)
{
    return strcmp(code, "42601") == 0 && strstr(message, "at or near \"%\"");
}

void
errors_note_sqlstate(const char *code, const char *message)
{
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
        if (strcmp(notes[i].code, code) == 0)
            note_add("%s", notes[i].note);
    if (is_placeholder_refused(code, message))
        note_add("the query was sent as it is, since there were no parameters: they are the second "
                 "argument of execute()");
}
