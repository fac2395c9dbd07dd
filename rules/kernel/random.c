// Random numbers: splitmix64, <https://prng.di.unimi.it/splitmix64.c>, seeded by the ordinals
// of the process and of the call in it.

#include <stdlib.h>
#include <string.h>

#include "kernel.h"

#define BLOCK 4096            // bytes after which a single answer repeats itself
#define MOST ((1u << 25) - 1)  // bytes; what the kernel gives at once

struct process {
  int id;
  uint32_t calls;  // so far
};

static struct process *processes;  // in the order of first calls
static size_t count, capacity;

void reset_random(void) {
  free(processes);
  processes = NULL;
  count = capacity = 0;
}

static size_t ordinal_of(int id) {
  for (size_t i = 0; i < count; ++i)
    if (processes[i].id == id) return i;
  if (count == capacity) {
    capacity = capacity ? capacity * 2 : 64;
    processes = realloc(processes, capacity * sizeof *processes);
    if (!processes) abort();
  }
  processes[count] = (struct process){id, 0};
  return count++;
}

void fill_random(uint64_t state, uint64_t *words, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t word = (state ^ state >> 30) * 0xbf58476d1ce4e5b9u;
    word = (word ^ word >> 27) * 0x94d049bb133111ebu;
    words[i] = word ^ word >> 31;
  }
}

// Returns the state that the next answer for a process begins with.
static uint64_t next_state(const struct request *request) {
  size_t ordinal = ordinal_of(process_of(request->thread));
  return (uint64_t)ordinal << 32 | processes[ordinal].calls++;
}

uint64_t next_random(const struct request *request) {
  uint64_t word;
  fill_random(next_state(request), &word, 1);
  return word;
}

long on_getrandom(struct request *request) {
  uint64_t words[BLOCK / 8], wanted = request->args[1] < MOST ? request->args[1] : MOST;
  fill_random(next_state(request), words, BLOCK / 8);
  for (uint64_t done = 0; done < wanted; done += BLOCK) {
    size_t size = wanted - done < BLOCK ? wanted - done : BLOCK;
    long error = write_memory(request, request->args[0] + done, words, size);
    if (error) return error;
  }
  return (long)wanted;
}
