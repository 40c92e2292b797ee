/* Two processes with callbacks at the same addresses, as two nodes of one ROS 2 program have them.
 *
 * Each runs: 20 callbacks of A, half of them with a callback of B inside; 10 rounds of one reentrant callback C in two threads at
 * once. It prints "callback PID ADDRESS COUNT" for each callback, and "unfinished PID ADDRESS" for the one it never ends. */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "ros2.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const void *const A = (const void *)0x5500a0, *const B = (const void *)0x5500b0, *const C = (const void *)0x5500c0,
                  *const D = (const void *)0x5500d0;
static pthread_barrier_t both;

static void start(const void *callback, int intra) { lttng_ust_tracepoint(ros2, callback_start, callback, intra); }
static void end(const void *callback) { lttng_ust_tracepoint(ros2, callback_end, callback); }

static void *reentrant(void *argument) {
    for (int i = 0; i < 10; i++) {
        pthread_barrier_wait(&both);
        start(C, 1);
        pthread_barrier_wait(&both);
        usleep(argument ? 300 : 600);
        end(C);
    }
    return NULL;
}

static void node(void) {
    pthread_t threads[2];
    lttng_ust_tracepoint(ros2, rclcpp_callback_register, A, "Node::on_timer()");
    lttng_ust_tracepoint(ros2, rclcpp_callback_register, B, "Node::on_message(Message)");
    lttng_ust_tracepoint(ros2, rclcpp_callback_register, C, "Node::on_request(Request)");
    for (int i = 0; i < 20; i++) {
        start(A, 0);
        usleep(200);
        if (i % 2) {
            start(B, 1);
            usleep(100);
            end(B);
        }
        end(A);
    }
    pthread_barrier_init(&both, NULL, 2);
    for (long i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, reentrant, (void *)i);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    start(D, 0);
    printf("callback %d %p 20\ncallback %d %p 10\ncallback %d %p 20\nunfinished %d %p\n", getpid(), A, getpid(), B, getpid(), C,
           getpid(), D);
    fflush(stdout);
}

int main(void) {
    pid_t child = fork();
    node();
    if (child > 0)
        waitpid(child, NULL, 0);
    return 0;
}
