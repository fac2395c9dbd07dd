#include <stdlib.h>

#include "fold.h"

void owe(struct owed *owed, uint64_t process, uint64_t address) {
  if (owed->count == owed->room) {
    owed->room = owed->room ? owed->room * 2 : 64;
    owed->all = realloc(owed->all, owed->room * sizeof *owed->all);
    if (owed->all == NULL) abort();
  }
  owed->all[owed->count++] = (struct debt){process, address};
}

static int by_address(const void *one, const void *other) {
  uint64_t a = ((const struct debt *)one)->address, b = ((const struct debt *)other)->address;
  return (a > b) - (a < b);
}

void owe_program(struct owed *owed, const struct table *live, uint64_t program, uint64_t process) {
  size_t first = owed->count;
  for (size_t i = 0; i < live->capacity; i++) {
    const struct entry *one = &live->entries[i];
    if (one->second && one->first == program) owe(owed, process, one->number);
  }
  if (owed->count > first)
    qsort(owed->all + first, owed->count - first, sizeof *owed->all, by_address);
}

int owes(const struct owed *owed) { return owed->paid < owed->count; }

struct debt pay(struct owed *owed) {
  struct debt next = owed->all[owed->paid++];
  if (owed->paid == owed->count) owed->paid = owed->count = 0;
  return next;
}

void owe_nothing(struct owed *owed) {
  free(owed->all);
  *owed = (struct owed){NULL, 0, 0, 0};
}
