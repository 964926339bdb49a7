/* Condition variables with a time limit on the monotonic clock: nobody who sets the system's clock
 * makes a wait longer or shorter. */
#ifndef BASE_COND_H
#define BASE_COND_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

void cond_init_monotonic(pthread_cond_t *cond);

/* pthread_cond_wait until clock_monotonic_ms() is `until_ms` at the latest; false when it is. Like
 * every wait it may end for no reason: ask again what is waited for. */
bool cond_wait_until_ms(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t until_ms);

#endif
