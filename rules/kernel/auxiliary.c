// What the kernel gives to a program as it starts, without a call that could be answered: its
// auxiliary vector. It lies in the program's memory, between its environment and its random bytes.

#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

#define MOST_ENTRIES 64

struct vector {
  int size;  // entries, with the last one, which is AT_NULL
  struct {
    uint64_t type, value;
  } entries[MOST_ENTRIES];
};

static struct vector read_vector(const struct request *request) {
  struct vector vector = {0};
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/auxv", request->thread);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return vector;
  ssize_t size = read(file, vector.entries, sizeof vector.entries);
  close(file);
  int most = size / (ssize_t)sizeof *vector.entries;
  while (vector.size < most && vector.entries[vector.size++].type != AT_NULL) {
  }
  return vector;
}

static uint64_t value_of(const struct vector *vector, uint64_t type) {
  for (int i = 0; i < vector->size; ++i)
    if (vector->entries[i].type == type) return vector->entries[i].value;
  return 0;
}

// Replaces the random bytes that the kernel gives to a program. Go's runtime makes all of its random
// numbers, and the seeds of its maps, of them.
void fix_random_bytes(const struct request *request) {
  static const unsigned char fixed[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  struct vector vector = read_vector(request);
  uint64_t random = value_of(&vector, AT_RANDOM);
  if (random) write_memory(request, random, fixed, sizeof fixed);
}

#if defined(__aarch64__)
#define WINDOW 4096    // bytes below the random ones; the vector has some hundred
#define EVERYWHERE 3u  // HWCAP_FP and HWCAP_ASIMD of asm/hwcap.h: what every ARMv8 has
#define AT_HWCAP3_ 29  // Linux 6.9; older headers lack both
#define AT_HWCAP4_ 30

// Takes the processor for the first ARMv8. Compiled for no processor in particular, atomic operations
// are functions of libgcc that do without LSE where AT_HWCAP lacks it: 11 instructions in place of 6.
// Libraries such as OpenSSL choose by it, too, and glibc's loader looks into other folders.
void fix_hardware(const struct request *request) {
  struct vector vector = read_vector(request);
  uint64_t random = value_of(&vector, AT_RANDOM);
  char window[WINDOW];
  if (random < WINDOW || read_memory(request, random - WINDOW, window, WINDOW)) return;
  size_t size = vector.size * sizeof *vector.entries;
  const char *found = memmem(window, WINDOW, vector.entries, size);
  if (!found) return;
  for (int i = 0; i < vector.size; ++i) {
    uint64_t type = vector.entries[i].type;
    if (type == AT_HWCAP) vector.entries[i].value &= EVERYWHERE;
    if (type == AT_HWCAP2 || type == AT_HWCAP3_ || type == AT_HWCAP4_) vector.entries[i].value = 0;
  }
  write_memory(request, random - WINDOW + (found - window), vector.entries, size);
}
#endif
