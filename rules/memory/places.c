// What frames are in: files of code, and functions of Python. One entry each for all processes.

#define _GNU_SOURCE
#include <string.h>

#include "stacks.h"

enum { FREE, WRITTEN, READY };

static uint32_t hash(const char *text) {
  uint32_t value = 2166136261u;  // FNV-1a
  for (; *text; text++) value = (value ^ (unsigned char)*text) * 16777619u;
  return value;
}

static void write_place(struct place *place, const char *text) {
  strncpy(place->text, text, sizeof place->text - 1);
  atomic_store_explicit(&place->state, READY, memory_order_release);
}

uint32_t place_of(const char *text) {
  struct place *all = attached()->stacks.places;
  for (uint32_t i = 0, at = hash(text) % MOST_PLACES; i < MOST_PLACES; i++) {
    struct place *place = &all[at];
    uint32_t state = FREE;
    if (atomic_compare_exchange_strong(&place->state, &state, WRITTEN)) write_place(place, text);
    // One whose writer was killed never becomes ready.
    for (int spins = 0; atomic_load(&place->state) != READY && spins < 100000; spins++) {
    }
    if (strncmp(place->text, text, sizeof place->text - 1) == 0) return at + 1;
    at = (at + 1) % MOST_PLACES;
  }
  return 0;
}
