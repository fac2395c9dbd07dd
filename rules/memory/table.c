// Open addressing with linear probing; a removal moves later entries back, so nothing piles up.

#include <stdlib.h>
#include <string.h>

#include "fold.h"

#define SMALLEST 1024

static size_t home(const struct table *table, uint64_t first, uint64_t second) {
  uint64_t mixed = (second ^ (first << 48)) * 0x9e3779b97f4a7c15u;
  mixed ^= mixed >> 32;
  mixed *= 0xd6e8feb86659fd93u;
  return (mixed ^ mixed >> 32) & (table->capacity - 1);
}

struct entry *table_find(struct table *table, uint64_t first, uint64_t second) {
  if (table->count == 0) return NULL;
  // Most events are of the process and the thread of the one before.
  struct entry *last = &table->entries[table->last];
  if (last->second == second && last->first == first) return last;
  for (size_t at = home(table, first, second);; at = (at + 1) & (table->capacity - 1)) {
    struct entry *one = &table->entries[at];
    if (one->second == 0) return NULL;
    if (one->second == second && one->first == first) {
      table->last = at;
      return one;
    }
  }
}

void table_expect(const struct table *table, uint64_t first, uint64_t second) {
  if (table->count) __builtin_prefetch(&table->entries[home(table, first, second)], 1);
}

static void grow(struct table *table) {
  struct table larger = {NULL, table->capacity ? table->capacity * 2 : SMALLEST, 0, 0};
  larger.entries = calloc(larger.capacity, sizeof *larger.entries);
  if (larger.entries == NULL) abort();
  for (size_t i = 0; i < table->capacity; i++) {
    const struct entry *one = &table->entries[i];
    if (one->second) *table_add(&larger, one->first, one->second) = *one;
  }
  free(table->entries);
  *table = larger;
}

struct entry *table_add(struct table *table, uint64_t first, uint64_t second) {
  if (table->count * 2 >= table->capacity) grow(table);
  size_t at = home(table, first, second);
  while (table->entries[at].second) at = (at + 1) & (table->capacity - 1);
  struct entry *one = &table->entries[at];
  *one = (struct entry){first, second, 0, 0};
  table->last = at;
  table->count++;
  return one;
}

void table_make_room(struct table *table, struct table *owners, uint64_t owner) {
  if (table->count * 2 < table->capacity) return;
  struct table kept = {NULL, 0, 0, 0};
  for (size_t i = 0; i < table->capacity; i++) {
    const struct entry *one = &table->entries[i];
    if (one->second && table_find(owners, one->first, owner))
      *table_add(&kept, one->first, one->second) = *one;
  }
  // Enough for many before it looks again.
  if (kept.count * 3 >= kept.capacity) grow(&kept);
  free(table->entries);
  *table = kept;
}

void table_remove(struct table *table, struct entry *entry) {
  size_t mask = table->capacity - 1, hole = (size_t)(entry - table->entries);
  for (size_t at = (hole + 1) & mask; table->entries[at].second; at = (at + 1) & mask) {
    size_t wanted = home(table, table->entries[at].first, table->entries[at].second);
    // It may move back to the hole unless its place lies behind it.
    if (((at - wanted) & mask) >= ((at - hole) & mask)) {
      table->entries[hole] = table->entries[at];
      hole = at;
    }
  }
  table->entries[hole].second = 0;
  table->count--;
}

void table_clear(struct table *table) {
  free(table->entries);
  *table = (struct table){NULL, 0, 0, 0};
}
