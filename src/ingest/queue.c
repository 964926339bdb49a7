#include "ingest/queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "ingest/submission.h"

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    struct submission *first;
    struct submission *last;
    size_t events;
    size_t max_events;
    bool closed;
};

struct queue *queue_new(size_t max_events)
{
    struct queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->filled, NULL);
    queue->max_events = max_events;
    return queue;
}

void queue_free(struct queue *queue)
{
    if (queue == NULL)
        return;
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->mutex);
    free(queue);
}

bool queue_push(struct queue *queue, struct submission *submission)
{
    pthread_mutex_lock(&queue->mutex);
    bool fits = !queue->closed &&
                (queue->events == 0 || queue->events + submission->count <= queue->max_events);
    if (fits) {
        submission->next = NULL;
        if (queue->last == NULL)
            queue->first = submission;
        else
            queue->last->next = submission;
        queue->last = submission;
        queue->events += submission->count;
        pthread_cond_signal(&queue->filled);
    }
    pthread_mutex_unlock(&queue->mutex);
    return fits;
}

struct submission *queue_take(struct queue *queue, size_t enough)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->first == NULL && !queue->closed)
        pthread_cond_wait(&queue->filled, &queue->mutex);
    struct submission *taken = queue->first, *end = NULL;
    size_t events = 0;
    while (queue->first != NULL && events < enough) {
        end = queue->first;
        queue->first = end->next;
        events += end->count;
    }
    if (end != NULL)
        end->next = NULL;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->events -= events;
    pthread_mutex_unlock(&queue->mutex);
    return taken;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->mutex);
}

size_t queue_events(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    size_t events = queue->events;
    pthread_mutex_unlock(&queue->mutex);
    return events;
}
