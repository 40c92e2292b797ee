/*
 * Records requests with LTTng-UST: requests RATE COUNT THREADS
 *
 * Each of THREADS threads begins and ends COUNT requests, RATE a second (0: as fast as it can). IDs are unique: thread * 10^9 + number, from 1.
 * Prints the number of requests made when all are done.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "requests_provider.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long rate, count;

static void *run(void *argument)
{
    const uint64_t first = (uint64_t) (long) argument * 1000000000;
    const struct timespec pause = {0, rate > 1 ? 1000000000 / rate : 0};

    for (long number = 1; number <= count; number++) {
        lttng_ust_tracepoint(requests, begin, first + number, number % 4 ? "read" : "write");
        if (rate)
            nanosleep(&pause, NULL);
        lttng_ust_tracepoint(requests, end, first + number, number % 50 ? 0 : -5);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    rate = atol(argv[1]);
    count = atol(argv[2]);
    const long threads = atol(argv[3]);
    pthread_t *handles = calloc(threads, sizeof(*handles));

    for (long number = 0; number < threads; number++)
        pthread_create(&handles[number], NULL, run, (void *) (number + 1));
    for (long number = 0; number < threads; number++)
        pthread_join(handles[number], NULL);
    free(handles);
    printf("%ld\n", threads * count);
    return 0;
}
