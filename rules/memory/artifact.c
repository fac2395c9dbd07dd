// Events as memtrack writes them: maps of MessagePack, integers in their shortest form, keys in
// this order (spec: memory 6.2; vectors in tests/measure/memory).

#include <string.h>

#include "fold.h"

static char *big_endian(char *to, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; i--) *to++ = (char)(value >> 8 * i);
  return to;
}

static char *number(char *to, uint64_t value) {
  if (value < 0x80) return big_endian(to, value, 1);
  int bytes = value >> 8 == 0 ? 1 : value >> 16 == 0 ? 2 : value >> 32 == 0 ? 4 : 8;
  *to++ = (char)(bytes == 1 ? 0xcc : bytes == 2 ? 0xcd : bytes == 4 ? 0xce : 0xcf);
  return big_endian(to, value, bytes);
}

static char *text(char *to, const char *value) {
  size_t length = strlen(value);  // below 32
  *to++ = (char)(0xa0 | length);
  memcpy(to, value, length);
  return to + length;
}

size_t artifact_write(char *to, const struct record *record) {
  static const char *const types[] = {
      [KIND_MALLOC] = "Malloc",   [KIND_FREE] = "Free",          [KIND_CALLOC] = "Calloc",
      [KIND_REALLOC] = "Realloc", [KIND_ALIGNED] = "AlignedAlloc",
  };
  char *at = to;
  *at++ = (char)(0x80 | (record->kind == KIND_FREE ? 5 : record->kind == KIND_REALLOC ? 7 : 6));
  at = number(text(at, "pid"), record->process);
  at = number(text(at, "tid"), record->thread);
  at = number(text(at, "timestamp"), record->time);
  at = number(text(at, "addr"), record->address);
  at = text(text(at, "type"), types[record->kind]);
  if (record->kind == KIND_REALLOC) at = number(text(at, "old_addr"), record->old);
  if (record->kind != KIND_FREE) at = number(text(at, "size"), record->size);
  return (size_t)(at - to);
}
