// The tree of all call stacks in the channel: a stack is known by its innermost node. All processes add
// nodes to it; what a node stands for is its key: its caller's node, and a frame.

#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "stacks.h"

#define EVERY 32       // allocations of a process of which one has a stack, where they are sampled
#define MOST_KNOWN (1u << 14)
#define NODE_BITS 20  // of a stack, in an entry of `known`
#define LOOKS 64

// Stacks of this process: a part of the hash of all frames, and the node.
static _Atomic uint64_t known[MOST_KNOWN];

static uint64_t mixed(uint64_t value) {
  value *= 0x9e3779b97f4a7c15u;
  return value ^ value >> 32;
}

// Returns the node of a frame below a caller's; the caller's own where there is no room.
static uint32_t node_below(uint32_t caller, uint64_t frame) {
  _Atomic uint64_t *nodes = attached()->stacks.nodes;
  uint64_t key = stack_key(caller, frame);
  for (uint32_t i = 0, at = mixed(key) % MOST_NODES; i < LOOKS; i++, at = (at + 1) % MOST_NODES) {
    uint64_t there = atomic_load_explicit(&nodes[at], memory_order_relaxed);
    if (there == 0 && atomic_compare_exchange_strong(&nodes[at], &there, key)) return at + 1;
    if (there == key) return at + 1;
  }
  return caller;
}

static uint32_t node_of(const uint64_t *frames, size_t count) {
  uint64_t hash = count;
  for (size_t i = 0; i < count; i++) hash = mixed(hash ^ frames[i]);
  _Atomic uint64_t *place = &known[hash % MOST_KNOWN];
  uint64_t tag = hash >> NODE_BITS << NODE_BITS, there = atomic_load(place);
  uint64_t nodes = (1u << NODE_BITS) - 1;
  if (LIKELY((there & ~nodes) == tag && there)) return there & nodes;
  uint32_t node = 0;
  for (size_t i = count; i > 0; i--) node = node_below(node, frames[i - 1]);
  atomic_store(place, tag | node);
  return node;
}

uint32_t own_stack(void) {
  static _Atomic uint32_t passed;
  struct channel *channel = attached();
  uint32_t detail = atomic_load_explicit(&channel->detail, memory_order_relaxed);
  if (detail == STACKS_NONE) return 0;
  if (detail == STACKS_SAMPLED && atomic_fetch_add(&passed, 1) % EVERY) return 0;
  uint64_t frames[DEEPEST];
  int before = errno;
  uint32_t node = node_of(frames, unwind(frames, DEEPEST));
  errno = before;
  return node ? node : NO_STACK;
}
