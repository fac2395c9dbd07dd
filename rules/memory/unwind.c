// Walks from callers to their callers. What .eh_frame states of an address is kept, so that a step
// takes one look at a table.

#define _GNU_SOURCE
#include <string.h>
#include <sys/auxv.h>

#include "stacks.h"

#define MOST_RULES (1u << 15)
#define LOOKS 16

// Not mapped where it is first needed: addresses of what the program maps then would depend on whether
// call stacks are looked for, and Python orders some sets by addresses.
static struct known {
  _Atomic uintptr_t address;  // written last
  _Atomic int is_taken;
  uint64_t frame;  // 0: none is shown
  struct rule rule;
} rules[MOST_RULES];

static struct known looked_up(uintptr_t address) {
  // A return address may lie behind the end of the function that called.
  const struct object *object = object_of(address - 1);
  static const struct object none;
  struct known found = {.rule = rule_of(object ? object : &none, address - 1)};
  if (object && !object->is_own && object->place)
    found.frame = frame_at(object->place, (uint32_t)(address - 1 - object->base));
  return found;
}

static void copy(struct known *to, const struct known *from) {
  to->frame = from->frame;
  to->rule = from->rule;
}

static void find(uintptr_t address, struct known *found) {
  uint64_t mixed = (uint64_t)address * 0x9e3779b97f4a7c15u;
  for (uint32_t i = 0, at = mixed >> 49; i < LOOKS; i++, at = (at + 1) % MOST_RULES) {
    struct known *one = &rules[at];
    uintptr_t known = atomic_load_explicit(&one->address, memory_order_acquire);
    if (LIKELY(known == address)) return copy(found, one);
    int is_free = 0;
    if (known || !atomic_compare_exchange_strong(&one->is_taken, &is_free, 1)) continue;
    struct known fresh = looked_up(address);
    copy(one, &fresh);
    copy(found, &fresh);
    atomic_store_explicit(&one->address, address, memory_order_release);
    return;
  }
  struct known fresh = looked_up(address);
  copy(found, &fresh);
}

// Returns an address above all frames of a stack: those of other threads lie below what describes the
// thread, the first one's below what the kernel put there.
static uintptr_t end_of_stack(uintptr_t stack) {
  static _Atomic uintptr_t first;
  if (first == 0) first = getauxval(AT_RANDOM);
  uintptr_t thread = (uintptr_t)__builtin_thread_pointer();
  if (thread > stack && (first < stack || thread < first)) return thread;
  return first;
}

static uintptr_t word(uintptr_t address) {
  uintptr_t value;
  memcpy(&value, (const void *)address, sizeof value);
#ifdef __aarch64__
  value &= (1ull << 48) - 1;  // without its signature
#endif
  return value;
}

struct place_in_stack {
  uintptr_t code, stack, frame, end;
};

static int is_within(const struct place_in_stack *at, uintptr_t address) {
  return address >= at->stack && address + sizeof(uintptr_t) <= at->end && address % 8 == 0;
}

// Goes to the caller; returns 0 where there is none.
static int step(struct place_in_stack *at, const struct rule *rule) {
  if (rule->step == STEP_END) return 0;
  uintptr_t base = rule->step == STEP_STACK ? at->stack : at->frame;
  uintptr_t top = base + (uintptr_t)(intptr_t)rule->address;
  uintptr_t result = top + (uintptr_t)(intptr_t)rule->result;
  if (top <= at->stack || !is_within(at, result)) return 0;
  if (rule->frame != SAME) {
    uintptr_t saved = top + (uintptr_t)(intptr_t)rule->frame;
    if (!is_within(at, saved)) return 0;
    at->frame = word(saved);
  }
  at->code = word(result);
  at->stack = top;
  return at->code != 0;
}

static inline __attribute__((always_inline)) struct place_in_stack here(void) {
  struct place_in_stack at;
#if defined(__x86_64__)
  __asm__ volatile("lea (%%rip), %0\n mov %%rsp, %1\n mov %%rbp, %2" : "=r"(at.code), "=r"(at.stack), "=r"(at.frame));
#elif defined(__aarch64__)
  __asm__ volatile("adr %0, .\n mov %1, sp\n mov %2, x29" : "=r"(at.code), "=r"(at.stack), "=r"(at.frame));
#else
  memset(&at, 0, sizeof at);
#endif
  at.code++;  // as an address to return to
  at.end = end_of_stack(at.stack);
  return at;
}

size_t unwind(uint64_t *frames, size_t most) {
  size_t count = 0;
  struct known known;
  struct place_in_stack at = here();
  for (size_t steps = 0; count < most && steps < 2 * most; steps++) {
    find(at.code, &known);
    if (known.rule.is_eval) {
      size_t added = python_frames(frames + count, most - count);
      if (added) return count + added;
    }
    if (known.frame) frames[count++] = known.frame;
    if (!step(&at, &known.rule)) break;
  }
  return count;
}
