/* Waiting for the server, and who may. */
#include "pq.h"
#include "pq_impl.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

int64_t
pq_now_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

pq_state
pq_wait_fd(int fd, pq_state want, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN, .revents = 0};
    if (want == PQ_WRITE)
        p.events |= POLLOUT;
    /* An error of poll() other than EINTR will be met again, and told, by the libpq call that
     * follows. */
    int n = poll(&p, 1, timeout_ms);
    return n == 0 || (n < 0 && errno == EINTR) ? PQ_INTERRUPTED : PQ_OK;
}

pq_state
pq_wait(pq_session *self, pq_state want, int timeout_ms)
{
    int fd = self->pg ? PQsocket(self->pg) : -1;
    return fd < 0 ? PQ_OK : pq_wait_fd(fd, want, timeout_ms);
}

int
pq_acquire(pq_session *self, int timeout_ms)
{
    int answer = 0;
    struct timespec until;
    pthread_mutex_lock(&self->mutex);
    if (self->busy && pthread_equal(self->owner, pthread_self()))
        answer = -1;
    else if (self->busy) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += timeout_ms / 1000;
        until.tv_nsec += (timeout_ms % 1000) * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000L;
        }
        while (self->busy && answer == 0)
            answer = pthread_cond_timedwait(&self->freed, &self->mutex, &until) == ETIMEDOUT &&
                     self->busy;
    }
    if (answer == 0) {
        self->busy = 1;
        self->owner = pthread_self();
    }
    pthread_mutex_unlock(&self->mutex);
    return answer;
}

void
pq_release(pq_session *self)
{
    if (pq_forked(self))
        return;
    pq_notify_collect(self);
    pthread_mutex_lock(&self->mutex);
    self->busy = 0;
    pthread_mutex_unlock(&self->mutex);
    pthread_cond_signal(&self->freed);
}

int
pq_adopt(pq_session *self)
{
    pthread_mutex_lock(&self->mutex);
    int ours = pthread_equal(self->owner, pthread_self());
    self->owner = pthread_self();
    pthread_mutex_unlock(&self->mutex);
    return ours;
}

int
pq_is_ours(pq_session *self)
{
    pthread_mutex_lock(&self->mutex);
    int ours = self->busy && pthread_equal(self->owner, pthread_self());
    pthread_mutex_unlock(&self->mutex);
    return ours;
}
