/* A program whose functions are traced: built with -finstrument-functions, run with liblttng-ust-cyg-profile preloaded.
 *
 * It prints how often each function was called: "function NAME COUNT". */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define UNTRACED __attribute__((no_instrument_function))

static long counts[4];

UNTRACED static void called(int which) { __atomic_fetch_add(&counts[which], 1, __ATOMIC_RELAXED); }

void leaf(int times) {
    called(0);
    for (volatile int i = 0; i < times * 1000; i++)
        ;
}

int recursive(int depth) {
    called(1);
    if (depth == 0)
        return 0;
    leaf(depth);
    return 1 + recursive(depth - 1);
}

void request(int number) {
    called(2);
    leaf(1);
    recursive(number % 4);
}

void *worker(void *argument) {
    called(3);
    for (int i = 0; i < 25; i++)
        request(i);
    return argument;
}

UNTRACED int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, worker, NULL))
            return 1;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("function leaf %ld\nfunction recursive %ld\nfunction request %ld\nfunction worker %ld\n", counts[0], counts[1],
           counts[2], counts[3]);
    return 0;
}
