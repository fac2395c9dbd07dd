#define _GNU_SOURCE
#include <string.h>

#include "stacks.h"

#if defined(__x86_64__)
enum { FRAME_POINTER = 6, STACK_POINTER = 7, RETURN_ADDRESS = 16 };
#elif defined(__aarch64__)
enum { FRAME_POINTER = 29, STACK_POINTER = 31, RETURN_ADDRESS = 30 };
#else
enum { FRAME_POINTER = -1, STACK_POINTER = -2, RETURN_ADDRESS = -3 };
#endif

#define UNKNOWN (INT32_MIN + 1)  // by an expression, or in another register
#define MOST_REMEMBERED 8

struct row {
  int64_t base;  // register that the canonical frame address is relative to
  int32_t offset, frame, result;
};

struct program {
  const uint8_t *at, *end;
  uintptr_t location;
  uint64_t code_unit;
  int64_t data_unit;
  struct row row, initial, remembered[MOST_REMEMBERED];
  int depth;
};

static uint64_t unsigned_leb(const uint8_t **at) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    uint8_t one = *(*at)++;
    if (shift < 64) value |= (uint64_t)(one & 0x7f) << shift;
    if (!(one & 0x80)) return value;
  }
}

static int64_t signed_leb(const uint8_t **at) {
  uint64_t value = 0;
  for (int shift = 0;;) {
    uint8_t one = *(*at)++;
    if (shift < 64) value |= (uint64_t)(one & 0x7f) << shift;
    shift += 7;
    if (one & 0x80) continue;
    if (one & 0x40 && shift < 64) value |= ~(uint64_t)0 << shift;
    return (int64_t)value;
  }
}

#define FIXED(name, type)                   \
  static type name(const uint8_t **at) {    \
    type value;                             \
    memcpy(&value, *at, sizeof value);      \
    *at += sizeof value;                    \
    return value;                           \
  }
FIXED(take_u32, uint32_t)
FIXED(take_s32, int32_t)
FIXED(take_u16, uint16_t)
FIXED(take_u64, uint64_t)

// Reads a pointer of one of the encodings that compilers use (LSB 5.0, 10.5); 0 for others.
static uintptr_t pointer(const uint8_t **at, uint8_t encoding) {
  uintptr_t from = (encoding & 0x70) == 0x10 ? (uintptr_t)*at : 0;
  switch (encoding & 0x0f) {
    case 0x00:
    case 0x04:
    case 0x0c:
      return from + take_u64(at);
    case 0x03:
      return from + take_u32(at);
    case 0x0b:
      return from + (uintptr_t)(intptr_t)take_s32(at);
  }
  return 0;
}

static int32_t *slot(struct row *row, uint64_t reg) {
  static int32_t other;
  if (reg == FRAME_POINTER) return &row->frame;
  return reg == RETURN_ADDRESS ? &row->result : &other;
}

static void skip_block(const uint8_t **at) {
  uint64_t size = unsigned_leb(at);
  *at += size;
}

// Runs an instruction that has more than its own byte; returns 0 for one that is not known.
static int run_extended(struct program *program, uint8_t code) {
  struct row *row = &program->row;
  const uint8_t **at = &program->at;
  uint64_t reg;
  switch (code) {
    case 0x00:  // nop
    case 0x2d:  // of aarch64: signs the return address
      return 1;
    case 0x02:
      program->location += *(*at)++ * program->code_unit;
      return 1;
    case 0x03:
      program->location += take_u16(at) * program->code_unit;
      return 1;
    case 0x04:
      program->location += take_u32(at) * program->code_unit;
      return 1;
    case 0x05:  // offset_extended
      reg = unsigned_leb(at);
      *slot(row, reg) = (int32_t)((int64_t)unsigned_leb(at) * program->data_unit);
      return 1;
    case 0x06:  // restore_extended
      reg = unsigned_leb(at);
      *slot(row, reg) = *slot(&program->initial, reg);
      return 1;
    case 0x07:  // undefined: nothing called it
    case 0x08:  // same_value
      *slot(row, unsigned_leb(at)) = SAME;
      return 1;
    case 0x09:  // in another register
      reg = unsigned_leb(at);
      unsigned_leb(at);
      *slot(row, reg) = UNKNOWN;
      return 1;
    case 0x0a:
      if (program->depth == MOST_REMEMBERED) return 0;
      program->remembered[program->depth++] = *row;
      return 1;
    case 0x0b:
      if (program->depth == 0) return 0;
      *row = program->remembered[--program->depth];
      return 1;
    case 0x0c:  // def_cfa
      row->base = (int64_t)unsigned_leb(at);
      row->offset = (int32_t)unsigned_leb(at);
      return 1;
    case 0x0d:
      row->base = (int64_t)unsigned_leb(at);
      return 1;
    case 0x0e:
      row->offset = (int32_t)unsigned_leb(at);
      return 1;
    case 0x0f:  // def_cfa_expression
      skip_block(at);
      row->base = UNKNOWN;
      return 1;
    case 0x10:  // expression
    case 0x16:  // val_expression
      reg = unsigned_leb(at);
      skip_block(at);
      *slot(row, reg) = UNKNOWN;
      return 1;
    case 0x11:  // offset_extended_sf
      reg = unsigned_leb(at);
      *slot(row, reg) = (int32_t)(signed_leb(at) * program->data_unit);
      return 1;
    case 0x12:  // def_cfa_sf
      row->base = (int64_t)unsigned_leb(at);
      row->offset = (int32_t)(signed_leb(at) * program->data_unit);
      return 1;
    case 0x13:
      row->offset = (int32_t)(signed_leb(at) * program->data_unit);
      return 1;
    case 0x2e:  // GNU_args_size
      unsigned_leb(at);
      return 1;
  }
  return 0;
}

// Runs instructions up to an address; returns 0 for one that is not known.
static int run(struct program *program, const uint8_t *from, const uint8_t *end, uintptr_t address) {
  program->at = from;
  while (program->at < end) {
    uint8_t code = *program->at++, low = code & 0x3f;
    if (code >> 6 == 1)
      program->location += low * program->code_unit;
    else if (code >> 6 == 2)
      *slot(&program->row, low) = (int32_t)((int64_t)unsigned_leb(&program->at) * program->data_unit);
    else if (code >> 6 == 3)
      *slot(&program->row, low) = *slot(&program->initial, low);
    else if (!run_extended(program, code))
      return 0;
    if (program->location > address) return 1;
  }
  return 1;
}

// Finds the entry of a function by the table that the linker sorts; NULL without one.
static const uint8_t *entry_of(const uint8_t *table, uintptr_t address) {
  enum { VERSION = 1, NONE = 0xff, SORTED = 0x3b };
  if (table == NULL || table[0] != VERSION || table[2] == NONE || table[3] != SORTED) return NULL;
  const uint8_t *at = table + 4;
  pointer(&at, table[1]);
  size_t count = pointer(&at, table[2]), low = 0, high = count;
  const int32_t *pairs = (const int32_t *)at;
  int64_t wanted = (int64_t)(address - (uintptr_t)table);
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (pairs[2 * middle] <= wanted)
      low = middle + 1;
    else
      high = middle;
  }
  return low == 0 ? NULL : table + pairs[2 * (low - 1) + 1];
}

// Reads what the functions of one compilation share; returns its instructions and the pointers' encoding.
static const uint8_t *read_common(struct program *program, const uint8_t *at, uint8_t *encoding,
                                  int *has_data) {
  uint8_t version = at[0];
  const char *letters = (const char *)at + 1;
  at += 1 + strlen(letters) + 1;
  program->code_unit = unsigned_leb(&at);
  program->data_unit = signed_leb(&at);
  if (version == 1)
    at++;
  else
    unsigned_leb(&at);
  *encoding = 0;
  *has_data = letters[0] == 'z';
  if (!*has_data) return letters[0] == 0 ? at : NULL;
  uint64_t size = unsigned_leb(&at);
  const uint8_t *data = at;
  for (const char *letter = letters + 1; *letter; letter++) {
    if (*letter == 'R') *encoding = *data++;
    if (*letter == 'L') data++;
    if (*letter == 'S') return NULL;  // what a signal interrupted
    if (*letter == 'P') {
      uint8_t of_pointer = *data++;
      pointer(&data, of_pointer);
    }
  }
  return at + size;
}

// Without an entry, or with one that is not understood: as code with frame pointers.
static const struct rule by_frame_pointer = {STEP_FRAME, 16, -16, -8, 0};

static struct rule made(const struct row *row) {
  if (row->result == SAME) return (struct rule){STEP_END, 0, 0, 0, 0};
  int is_known = row->base == STACK_POINTER || row->base == FRAME_POINTER;
  if (!is_known || row->result == UNKNOWN || row->frame == UNKNOWN) return by_frame_pointer;
  enum step step = row->base == STACK_POINTER ? STEP_STACK : STEP_FRAME;
  return (struct rule){step, row->offset, row->frame, row->result, 0};
}

struct rule rule_of(const struct object *object, uintptr_t address) {
  const uint8_t *entry = entry_of(object->unwind_table, address);
  if (entry == NULL) return by_frame_pointer;
  const uint8_t *at = entry;
  uint32_t size = take_u32(&at);
  const uint8_t *end = at + size, *common = at;
  if (size == 0 || size == UINT32_MAX) return by_frame_pointer;
  common -= take_u32(&at);
  const uint8_t *of_common = common;
  const uint8_t *common_end = of_common + 4 + take_u32(&of_common);
  struct program program = {.row = {UNKNOWN, 0, SAME, SAME}};
  uint8_t encoding;
  int has_data;
  const uint8_t *shared = read_common(&program, of_common + 4, &encoding, &has_data);
  if (shared == NULL) return by_frame_pointer;
  uintptr_t first = pointer(&at, encoding), bytes = pointer(&at, encoding & 0x0f);
  if (address < first || address - first >= bytes) return by_frame_pointer;
  if (has_data) skip_block(&at);
  program.location = first;
  if (!run(&program, shared, common_end, address)) return by_frame_pointer;
  program.initial = program.row;
  if (!run(&program, at, end, address)) return by_frame_pointer;
  struct rule rule = made(&program.row);
  rule.is_eval = python_loop() - first < bytes;
  return rule;
}
