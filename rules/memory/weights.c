// What was allocated by each call stack. An allocation without one counts for the next that has one, so that
// those of sampled stacks add up to all.

#include <stdlib.h>
#include <string.h>

#include "fold.h"

static void add(struct weight *to, const struct weight *from) {
  to->bytes += from->bytes;
  to->calls += from->calls;
}

void weigh(struct weights *weights, uint64_t stack, uint64_t size) {
  static const struct weight nothing;
  weights->waiting.bytes += size;
  weights->waiting.calls++;
  if (stack == 0) return;
  if (weights->all == NULL) {
    weights->all = calloc(MOST_NODES + 1, sizeof *weights->all);
    if (weights->all == NULL) abort();
  }
  add(&weights->all[stack <= MOST_NODES ? stack : 0], &weights->waiting);
  weights->waiting = nothing;
}

void weigh_nothing(struct weights *weights) {
  weights->waiting = (struct weight){0, 0};
  if (weights->all) memset(weights->all, 0, (MOST_NODES + 1) * sizeof *weights->all);
}

uint32_t next_weight(const struct weights *weights, uint32_t node, struct weight *found) {
  for (; weights->all && node <= MOST_NODES; node++) {
    *found = weights->all[node];
    if (node == 0) add(found, &weights->waiting);
    if (found->calls) return node;
  }
  return MOST_NODES + 1;
}
