/* Reading a large answer in large pieces.
 *
 * A server sends 8 KB at a time. A client that has nothing else to do is woken for each of them,
 * and more than half of its processor time goes into falling asleep and waking up; some of the
 * server's too. While an answer flows it is better to sleep until much of it is there: SO_RCVLOWAT
 * says how much. Who waits so does not see the end of the answer before the time is over: it is
 * short, and a small share of what the answer has taken already. */
#include "pq.h"
#include "pq_impl.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

enum {
    FIRST_PIECES = 8, /* these are no flow yet */
    PIECE = 1 << 13,  /* what a server sends at once */
    MUCH = 1 << 17,   /* bytes to be woken for */
    ENOUGH =
        1 << 18, /* bytes to be read before they are looked at: libpq holds, and keeps, as much */
    SHARE = 32,  /* of the time that the flow has taken, one part is waited at most, */
    MOST = 1000, /* but no longer than this, us, */
    LEAST = 50   /* and not at all where it is less than this, us: waking takes as long */
};

static int64_t
clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

#ifdef __linux__
/* How many bytes could be read now. */
static int
bytes_here(int fd)
{
    int count;
    return ioctl(fd, FIONREAD, &count) < 0 ? 0 : count;
}

/* Whether poll() is to call the socket readable only when there are so many bytes, or they end. The
 * kernel sees to it that they have room. 0 or -1. */
static int
set_least(int fd, int bytes)
{
    return setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

/* Let much come in, for `us` at most: PQ_OK: some has; PQ_READ: nothing; PQ_INTERRUPTED: a signal.
 * The socket is left as it was: nobody else who waits for it need know. */
static pq_state
let_come(int fd, int64_t us)
{
    struct pollfd p = {.fd = fd, .events = POLLIN, .revents = 0};
    struct timespec most = {.tv_sec = 0, .tv_nsec = (long)us * 1000};
    if (set_least(fd, MUCH) < 0)
        return PQ_READ;
    int n = ppoll(&p, 1, &most, NULL);
    int interrupted = n < 0 && errno == EINTR;
    (void)set_least(fd, 1);
    return interrupted ? PQ_INTERRUPTED : n > 0 || bytes_here(fd) > 0 ? PQ_OK : PQ_READ;
}
#else
static int
bytes_here(int fd)
{
    (void)fd;
    return 0;
}

static pq_state
let_come(int fd, int64_t us)
{
    (void)fd, (void)us;
    return PQ_READ;
}
#endif

/* Wait for an answer that flows: as let_come(), which is not called where it would not be worth it.
 * Where the client is the slower one, no wait would ever last until a signal: PQ_INTERRUPTED once a
 * PQ_SLICE. */
static pq_state
wait_for_flow(pq_flow *flow, int fd)
{
    int64_t now = clock_us();
    if (!flow->since)
        flow->since = flow->looked = now;
    if (now - flow->looked >= PQ_SLICE * 1000) {
        flow->looked = now;
        return PQ_INTERRUPTED;
    }
    int64_t us = (now - flow->since) / SHARE;
    return us < LEAST ? PQ_READ : let_come(fd, us < MOST ? us : MOST);
}

int
pq_query_flows(const pq_query *self)
{
    int fd = self->session->pg ? PQsocket(self->session->pg) : -1;
    return fd >= 0 && self->flow.pieces > FIRST_PIECES && bytes_here(fd) < MUCH;
}

pq_state
pq_query_wait(pq_query *self, pq_state want)
{
    pq_flow *flow = &self->flow;
    pq_state state = PQ_READ;
    int fd = self->session->pg ? PQsocket(self->session->pg) : -1;
    if (want == PQ_READ && fd >= 0 && flow->pieces > FIRST_PIECES)
        state = wait_for_flow(flow, fd);
    flow->much = state == PQ_OK;
    if (state != PQ_READ)
        return state;
    state = pq_wait(self->session, want, PQ_SLICE);
    flow->pieces++;
    if (state == PQ_INTERRUPTED) /* it has come to a halt, or not begun */
        *flow = (pq_flow){0};
    return state;
}

int
pq_query_consume(pq_query *self)
{
    PGconn *pg = self->session->pg;
    int count = self->flow.much ? bytes_here(PQsocket(pg)) : 0, read = count;
    int good = PQconsumeInput(pg);
    /* Each reads what the buffer has room for, and makes it larger where it is full. */
    while (good && count && read < ENOUGH && (count = bytes_here(PQsocket(pg))) >= PIECE) {
        read += count;
        good = PQconsumeInput(pg);
    }
    return good;
}
