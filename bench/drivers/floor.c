/* The floor: what bare libpq costs for a workload. Every value is looked at, nothing is made of it.
 *
 * It speaks the protocol of __main__.py: it prints its version, then reads a request a line ("verb,
 * n, threads, sql", tabs between), and answers with a JSON line; null to a verb it does not have.
 */

#include <inttypes.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_THREADS 64
#define KEYS 20000
#define INSERT                                                                                     \
    "insert into psycopg2_bench.load (id, name, score, day, note) values ($1, $2, $3, $4, $5)"
#define COPY_IN "copy psycopg2_bench.load (id, name, score, day, note) from stdin"

static const char *dsn;
static volatile size_t sink; /* so that no look at a value is optimised away */

/* -- failing, timing --------------------------------------------------------------------------- */

static void
die(const char *what)
{
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static void *
check_pointer(void *pointer)
{
    if (!pointer) {
        die("out of memory");
    }
    return pointer;
}

static double
now(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) {
        die("no clock");
    }
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long
peak_memory(void)
{
    char line[256];
    long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    if (!status) {
        return 0;
    }
    while (fgets(line, sizeof(line), status)) {
        if (sscanf(line, "VmHWM: %ld", &peak) == 1) {
            break;
        }
    }
    fclose(status);
    return peak;
}

/* -- libpq ------------------------------------------------------------------------------------- */

static PGconn *
open_connection(void)
{
    PGconn *conn = check_pointer(PQconnectdb(dsn));
    if (PQstatus(conn) != CONNECTION_OK) {
        die(PQerrorMessage(conn));
    }
    return conn;
}

/* Look at every value of a result, free it, return how many rows it had. */
static long
consume(PGconn *conn, PGresult *result, ExecStatusType wanted)
{
    if (PQresultStatus(result) != wanted) {
        die(PQerrorMessage(conn));
    }
    int rows = PQntuples(result), fields = PQnfields(result);
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < fields; j++) {
            if (!PQgetisnull(result, i, j)) {
                sink += (size_t)PQgetvalue(result, i, j)[0] + (size_t)PQgetlength(result, i, j);
            }
        }
    }
    PQclear(result);
    return rows;
}

static void
command(PGconn *conn, const char *sql)
{
    consume(conn, PQexec(conn, sql), PGRES_COMMAND_OK);
}

static long
query(PGconn *conn, const char *sql)
{
    return consume(conn, PQexec(conn, sql), PGRES_TUPLES_OK);
}

/* -- the rows that are loaded: as records.py makes them ---------------------------------------- */

typedef struct {
    char id[24], name[32], score[32], note[64];
    const char *values[5];
} record;

static void
make_record(record *r, long i)
{
    snprintf(r->id, sizeof(r->id), "%ld", i);
    snprintf(r->name, sizeof(r->name), "name %ld", i);
    snprintf(r->score, sizeof(r->score), "%.17g", (double)i / 3);
    snprintf(r->note, sizeof(r->note), "a longer note with 'quotes' %ld", i);
    r->values[0] = r->id;
    r->values[1] = r->name;
    r->values[2] = r->score;
    r->values[3] = "2024-01-01";
    r->values[4] = i % 5 ? r->note : NULL;
}

/* -- verbs: each does n operations and returns how many it did --------------------------------- */

static long
do_nothing(PGconn *conn, long n, const char *sql)
{
    (void)conn, (void)n, (void)sql;
    return 0;
}

static long
do_fetch(PGconn *conn, long n, const char *sql)
{
    (void)n;
    return query(conn, sql);
}

static void
query_key(PGconn *conn, long i)
{
    char sql[96];
    snprintf(sql, sizeof(sql), "select id, name, age from psycopg2_bench.keyed where id = %ld",
             i % KEYS + 1);
    query(conn, sql);
}

static long
do_key(PGconn *conn, long n, const char *sql)
{
    (void)sql;
    for (long i = 0; i < n; i++) {
        query_key(conn, i);
    }
    return n;
}

static long
do_txn(PGconn *conn, long n, const char *sql)
{
    (void)sql;
    for (long i = 0; i < n; i++) {
        command(conn, "begin");
        query_key(conn, i);
        command(conn, "commit");
    }
    return n;
}

static long
do_connect(PGconn *conn, long n, const char *sql)
{
    (void)conn, (void)sql;
    for (long i = 0; i < n; i++) {
        PQfinish(open_connection());
    }
    return n;
}

static long
do_insert(PGconn *conn, long n, const char *sql)
{
    record r;
    (void)sql;
    command(conn, "begin");
    for (long i = 0; i < n; i++) {
        make_record(&r, i);
        PGresult *result = PQexecParams(conn, INSERT, 5, NULL, r.values, NULL, NULL, 0);
        consume(conn, result, PGRES_COMMAND_OK);
    }
    command(conn, "rollback");
    return n;
}

/* Read the results of `n` statements of a pipeline and of the sync that ends them. */
static void
read_pipeline(PGconn *conn, long n)
{
    for (long i = 0; i < n; i++) {
        consume(conn, PQgetResult(conn), PGRES_COMMAND_OK);
        if (PQgetResult(conn) != NULL) {
            die("more than one result of a statement");
        }
    }
    consume(conn, PQgetResult(conn), PGRES_PIPELINE_SYNC);
}

static long
do_executemany(PGconn *conn, long n, const char *sql)
{
    const long batch = 500; /* small enough that both sides' buffers hold it */
    record r;
    (void)sql;
    command(conn, "begin");
    consume(conn, PQprepare(conn, "bench", INSERT, 0, NULL), PGRES_COMMAND_OK);
    if (!PQenterPipelineMode(conn)) {
        die(PQerrorMessage(conn));
    }
    for (long start = 0; start < n; start += batch) {
        long size = n - start < batch ? n - start : batch;
        for (long i = start; i < start + size; i++) {
            make_record(&r, i);
            if (!PQsendQueryPrepared(conn, "bench", 5, r.values, NULL, NULL, 0)) {
                die(PQerrorMessage(conn));
            }
        }
        if (!PQpipelineSync(conn)) {
            die(PQerrorMessage(conn));
        }
        read_pipeline(conn, size);
    }
    if (!PQexitPipelineMode(conn)) {
        die(PQerrorMessage(conn));
    }
    command(conn, "rollback");
    command(conn, "deallocate bench");
    return n;
}

static long
do_copy_rows(PGconn *conn, long n, const char *sql)
{
    record r;
    char line[256];
    (void)sql;
    command(conn, "begin");
    consume(conn, PQexec(conn, COPY_IN), PGRES_COPY_IN);
    for (long i = 0; i < n; i++) {
        make_record(&r, i);
        int size = snprintf(line, sizeof(line), "%s\t%s\t%s\t%s\t%s\n", r.values[0], r.values[1],
                            r.values[2], r.values[3], r.values[4] ? r.values[4] : "\\N");
        if (PQputCopyData(conn, line, size) != 1) {
            die(PQerrorMessage(conn));
        }
    }
    if (PQputCopyEnd(conn, NULL) != 1) {
        die(PQerrorMessage(conn));
    }
    consume(conn, PQgetResult(conn), PGRES_COMMAND_OK);
    if (PQgetResult(conn) != NULL) {
        die("more than one result of COPY");
    }
    command(conn, "rollback");
    return n;
}

static long
do_copy_out(PGconn *conn, long n, const char *sql)
{
    size_t room = strlen(sql) + 32;
    char *copy = check_pointer(malloc(room)), *line = NULL;
    int size;
    snprintf(copy, room, "copy (%s) to stdout", sql);
    consume(conn, PQexec(conn, copy), PGRES_COPY_OUT);
    free(copy);
    for (n = 0; (size = PQgetCopyData(conn, &line, 0)) > 0; n++) {
        sink += (size_t)size;
        PQfreemem(line);
    }
    if (size == -2) {
        die(PQerrorMessage(conn));
    }
    consume(conn, PQgetResult(conn), PGRES_COMMAND_OK);
    if (PQgetResult(conn) != NULL) {
        die("more than one result of COPY");
    }
    return n;
}

typedef long (*verb)(PGconn *conn, long n, const char *sql);

static const struct {
    const char *name;
    verb run;
} VERBS[] = {
    {"nothing", do_nothing},
    {"fetch", do_fetch},
    {"key", do_key},
    {"txn", do_txn},
    {"connect", do_connect},
    {"insert", do_insert},
    {"executemany", do_executemany},
    {"copy_rows", do_copy_rows},
    {"copy_out", do_copy_out},
};

static verb
find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof(VERBS) / sizeof(*VERBS); i++) {
        if (strcmp(VERBS[i].name, name) == 0) {
            return VERBS[i].run;
        }
    }
    return NULL;
}

/* -- threads ----------------------------------------------------------------------------------- */

typedef struct {
    PGconn *conn; /* opened when first wanted, and kept */
    verb run;
    long n;
    const char *sql;
    pthread_t thread;
} job;

static job jobs[MOST_THREADS];

static void *
run_job(void *arg)
{
    job *j = arg;
    j->n = j->run(j->conn, j->n, j->sql);
    return NULL;
}

static long
run_threads(int threads)
{
    long count = 0;
    for (int i = 0; i < threads; i++) {
        if (pthread_create(&jobs[i].thread, NULL, run_job, &jobs[i]) != 0) {
            die("cannot start a thread");
        }
    }
    for (int i = 0; i < threads; i++) {
        if (pthread_join(jobs[i].thread, NULL) != 0) {
            die("cannot join a thread");
        }
        count += jobs[i].n;
    }
    return count;
}

/* -- requests ---------------------------------------------------------------------------------- */

static void
answer(char *request)
{
    char *sql = request;
    const char *name = strsep(&sql, "\t"), *number = strsep(&sql, "\t"), *wide = strsep(&sql, "\t");
    if (!sql) {
        die("a request has four fields");
    }
    verb run = find_verb(name);
    long n = strtol(number, NULL, 10);
    int threads = (int)strtol(wide, NULL, 10);
    if (threads > MOST_THREADS) {
        die("too many threads");
    }
    if (!run) {
        puts("null");
        return;
    }
    for (int i = 0; i < (threads ? threads : 1); i++) {
        PGconn *conn = jobs[i].conn ? jobs[i].conn : open_connection();
        jobs[i] = (job){conn, run, threads ? n / threads : n, sql, 0};
    }
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    long count = threads ? run_threads(threads) : run(jobs[0].conn, n, sql);
    wall = now(CLOCK_MONOTONIC) - wall;
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"wall\": %.9f, \"cpu\": %.9f, \"count\": %ld, \"peak\": %ld}\n", wall, cpu, count,
           peak_memory());
}

int
main(int argc, char **argv)
{
    static char line[1 << 16];
    if (argc != 2) {
        die("usage: floor DSN");
    }
    dsn = argv[1];
    printf("{\"version\": \"\", \"libpq\": \"%d.%d\", \"python\": null}\n", PQlibVersion() / 10000,
           PQlibVersion() % 10000);
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        answer(line);
        fflush(stdout);
    }
    for (int i = 0; i < MOST_THREADS; i++) {
        PQfinish(jobs[i].conn);
    }
    return 0;
}
