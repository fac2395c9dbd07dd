// Events as memtrack writes them: maps of MessagePack, integers in their shortest form, keys in
// this order (spec: memory 6.2; vectors in tests/measure/memory).

#include <string.h>

#include "fold.h"

// A text in quotes, after its length, which is below 32.
#define TEXT(to, value) text(to, value, sizeof value - 1)

static inline char *text(char *to, const char *value, size_t length) {
  *to = (char)(0xa0 | length);
  memcpy(to + 1, value, length);
  return to + 1 + length;
}

// Writes up to 8 bytes more than it has, where the next one comes.
static inline char *number(char *to, uint64_t value) {
  *to = (char)value;
  if (value < 0x80) return to + 1;
  int power = value >> 8 == 0 ? 0 : value >> 16 == 0 ? 1 : value >> 32 == 0 ? 2 : 3;
  int bytes = 1 << power;
  // Both processors are little-endian.
  uint64_t big_endian = __builtin_bswap64(value << (64 - 8 * bytes));
  *to = (char)(0xcc + power);
  memcpy(to + 1, &big_endian, sizeof big_endian);
  return to + 1 + bytes;
}

static char *type(char *to, enum kind kind) {
  switch (kind) {
    case KIND_FREE:
      return TEXT(to, "Free");
    case KIND_CALLOC:
      return TEXT(to, "Calloc");
    case KIND_REALLOC:
      return TEXT(to, "Realloc");
    case KIND_ALIGNED:
      return TEXT(to, "AlignedAlloc");
    default:
      return TEXT(to, "Malloc");
  }
}

size_t artifact_write(char *to, const struct record *record) {
  char *at = to;
  *at++ = (char)(0x80 | (record->kind == KIND_FREE ? 5 : record->kind == KIND_REALLOC ? 7 : 6));
  at = number(TEXT(at, "pid"), record->process);
  at = number(TEXT(at, "tid"), record->thread);
  at = number(TEXT(at, "timestamp"), record->time);
  at = number(TEXT(at, "addr"), record->address);
  at = type(TEXT(at, "type"), record->kind);
  if (record->kind == KIND_REALLOC) at = number(TEXT(at, "old_addr"), record->old);
  if (record->kind != KIND_FREE) at = number(TEXT(at, "size"), record->size);
  return (size_t)(at - to);
}
