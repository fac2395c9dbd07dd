// How many bytes were live, over the calls of the allocator: of each of some equally long steps the
// most. Steps become longer as calls come, so it takes the same room for any number of them, and equal
// calls give equal steps.

#include "fold.h"

// Turns each pair of steps into one.
static void lengthen(struct timeline *timeline) {
  for (uint32_t i = 0; i < MOST_STEPS / 2; i++) {
    uint64_t first = timeline->most[2 * i], second = timeline->most[2 * i + 1];
    timeline->most[i] = first > second ? first : second;
  }
  timeline->doublings++;
}

void timeline_add(struct timeline *timeline, uint64_t live) {
  uint64_t call = timeline->calls++;
  if (call >> timeline->doublings == MOST_STEPS) lengthen(timeline);
  uint64_t *most = &timeline->most[call >> timeline->doublings];
  int is_first = (call & ((1ull << timeline->doublings) - 1)) == 0;
  if (is_first || live > *most) *most = live;
}

uint32_t timeline_steps(const struct timeline *timeline) {
  return (uint32_t)((timeline->calls + (1ull << timeline->doublings) - 1) >> timeline->doublings);
}
