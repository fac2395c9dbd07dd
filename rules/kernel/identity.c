// Numbers that stand for the machine's device and inode numbers, in the order of first looks.

#include <stdlib.h>
#include <string.h>

#include "kernel.h"

// From here on all numbers take the same memory in languages whose small ones are shared.
#define FIRST_INODE 1001
#define FIRST_DEVICE 1
#define MAX_DEVICES 256

static struct identity *table;  // open addressing; `number` is 0 where it is empty
static size_t capacity, count;
static uint64_t next_number;
static uint64_t devices[MAX_DEVICES];
static uint32_t device_count;

void reset_identities(void) {
  free(table);
  table = NULL;
  capacity = count = device_count = 0;
  next_number = FIRST_INODE;
}

uint64_t device_of(const struct file_status *status) {
  return (uint64_t)status->device_major << 32 | status->device_minor;
}

uint32_t device_number(uint64_t device) {
  uint32_t i = 0;
  while (i < device_count && devices[i] != device) ++i;
  if (i == device_count && device_count < MAX_DEVICES) devices[device_count++] = device;
  return FIRST_DEVICE + i;
}

static struct identity *slot(struct identity *in, size_t size, uint64_t device, uint64_t inode) {
  uint64_t hash = (inode ^ device << 40) * 0x9e3779b97f4a7c15u;
  size_t i = (hash >> 20) & (size - 1);
  while (in[i].number && (in[i].inode != inode || in[i].device != device)) i = (i + 1) & (size - 1);
  return &in[i];
}

static void grow(void) {
  size_t larger = capacity ? capacity * 2 : 1024;
  struct identity *moved = calloc(larger, sizeof *moved);
  if (!moved) abort();
  for (size_t i = 0; i < capacity; ++i)
    if (table[i].number) *slot(moved, larger, table[i].device, table[i].inode) = table[i];
  free(table);
  table = moved;
  capacity = larger;
}

struct identity *identity_of(uint64_t device, uint64_t inode, uint64_t born) {
  if (count * 2 >= capacity) grow();
  struct identity *found = slot(table, capacity, device, inode);
  if (!found->number) ++count;
  int other = found->born && born && found->born != born;
  if (!found->number || other)
    *found = (struct identity){.device = device, .inode = inode, .number = next_number++};
  if (born) found->born = born;
  return found;
}
