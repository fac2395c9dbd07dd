// Does the calls that a file lists, one a line of numbers: `thread slot kind size`. Allocates nothing else
// but what threads take.

#define _GNU_SOURCE
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = 16, MOST = 4096, PLACES = 5 };
struct step {
  long place, slot, kind, size;
};
static struct step steps[MOST];
static int count;
static void *blocks[PLACES][SLOTS];
static char text[1 << 17];

static void do_step(const struct step *step, long place) {
  void **block = &blocks[place][step->slot];
  size_t size = (size_t)step->size;
  if (step->kind == 4) {
    *block = realloc(*block, size);
    return;
  }
  free(*block);
  *block = NULL;
  if (step->kind == 1) *block = malloc(size);
  if (step->kind == 2) *block = calloc(size, 3);
  if (step->kind == 3) *block = aligned_alloc(32, size);
  if (step->kind == 5) *block = memalign(64, size);
}

static void *run(void *number) {
  long place = (long)(intptr_t)number;
  for (int i = 0; i < count; i++)
    if (steps[i].place == place) do_step(&steps[i], place);
  return NULL;
}

// Places: 0 the process itself, 1 and 2 threads, 3 a child, 4 a program that replaces this one.
int main(int arguments, char **argument) {
  int file = open(argument[1], O_RDONLY);
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  char *at = text;
  while (at < text + size && count < MOST) {
    struct step *step = &steps[count++];
    step->place = strtol(at, &at, 10);
    step->slot = strtol(at, &at, 10);
    step->kind = strtol(at, &at, 10);
    step->size = strtol(at, &at, 10);
    at++;
  }
  if (arguments > 2) return run((void *)(intptr_t)4), 0;
  run(0);
  pthread_t threads[2];
  for (intptr_t i = 0; i < 2; i++) pthread_create(&threads[i], NULL, run, (void *)(i + 1));
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  pid_t child = fork();
  if (child == 0) {
    run((void *)(intptr_t)3);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  execl("/proc/self/exe", "replay", argument[1], "again", NULL);
  return 9;
}
