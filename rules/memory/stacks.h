// Call stacks of allocations: found in the process, kept in the channel.

#ifndef RULES_MEMORY_STACKS_H_
#define RULES_MEMORY_STACKS_H_

#include "preload.h"

#define DEEPEST 128  // frames of one stack; those of callers that are further away are left out

// A frame: a place, and an address within it (channel.h).
static inline uint64_t frame_at(uint32_t place, uint32_t offset) {
  return (uint64_t)place << 32 | offset;
}

// objects.c: the files that code is mapped from.

struct object {
  uintptr_t first, last;       // of its code
  uintptr_t base;              // what is added to addresses in its file
  const uint8_t *unwind_table;  // PT_GNU_EH_FRAME; NULL without one
  uint32_t place;
  int is_own;  // this library
};

// Returns what an address of code is in; NULL if it is in no file.
const struct object *object_of(uintptr_t address);

// cfi.c: how to get from a function to its caller, by .eh_frame (LSB 5.0, 10.6; DWARF 5, 6.4).

enum step {
  STEP_END,    // nothing called it
  STEP_STACK,  // the canonical frame address is relative to the stack pointer
  STEP_FRAME,  // relative to the frame pointer
};

#define SAME INT32_MIN  // the caller's frame pointer is where it was

struct rule {
  enum step step;
  int32_t address;  // added to the pointer that `step` names
  int32_t frame;    // from there to where the caller's frame pointer is saved, or SAME
  int32_t result;   // from there to the return address
  int is_eval;      // the loop of Python's interpreter
};

struct rule rule_of(const struct object *object, uintptr_t address);

// python.c: frames of CPython's interpreter.

// Returns the address of its loop; 0 where no Python runs, or one that is not known.
uintptr_t python_loop(void);
// Writes this thread's frames, the innermost first; returns how many.
size_t python_frames(uint64_t *frames, size_t most);

// places.c

// Returns the number of a place in the channel; 0 if there is no room. `text` is what it is known by.
uint32_t place_of(const char *text);

// unwind.c

// Writes the frames of this thread, the innermost first, without those of this library; returns how many.
size_t unwind(uint64_t *frames, size_t most);

#endif  // RULES_MEMORY_STACKS_H_
