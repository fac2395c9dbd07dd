// Numbers that stand for the machine's device and inode numbers.
//
// The number of an inode comes from the path of the first look at it: processes that run at the
// same time look in any order.

#include <stdlib.h>
#include <string.h>

#include "kernel.h"

// All numbers have ten digits, and take the same memory in every language.
#define FIRST_INODE ((uint64_t)1 << 32)
#define FIRST_DEVICE 1
#define MAX_DEVICES 256

static struct identity *table;  // open addressing; `number` is 0 where it is empty
static size_t capacity, count;
// Numbers that are in use, with their device's, likewise. A file that is made anew time after time
// wants the same number each time: `taken` of those that follow it are not free.
struct used {
  uint64_t number;
  uint32_t taken;
};
static struct used *numbers;
static uint64_t devices[MAX_DEVICES];
static uint32_t device_count;

void reset_identities(void) {
  free(table);
  free(numbers);
  table = NULL;
  numbers = NULL;
  capacity = count = device_count = 0;
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

// Returns where a number is, or belongs, among those in use.
static struct used *number_slot(struct used *in, size_t size, uint64_t number) {
  size_t i = number & (size - 1);
  while (in[i].number && in[i].number != number) i = (i + 1) & (size - 1);
  return &in[i];
}

static void grow(void) {
  size_t larger = capacity ? capacity * 2 : 1024;
  struct identity *moved = calloc(larger, sizeof *moved);
  // A number stays in use when its inode is another file's.
  struct used *used = calloc(larger, sizeof *used);
  if (!moved || !used) abort();
  for (size_t i = 0; i < capacity; ++i) {
    if (table[i].number) *slot(moved, larger, table[i].device, table[i].inode) = table[i];
    if (numbers[i].number) *number_slot(used, larger, numbers[i].number) = numbers[i];
  }
  free(table);
  free(numbers);
  table = moved;
  numbers = used;
  capacity = larger;
}

// Whether digits of a path are the program's. They are the machine's in paths of processes, pipes and
// sockets, and in that of a file that never had a name: `/tmp/#123 (deleted)`.
static int digits_count(const char *path) {
  if (path[0] != '/' || !strncmp(path, "/proc/", 6)) return 0;
  const char *name = strrchr(path, '/') + 1;
  size_t number = name[0] == '#' ? strspn(name + 1, "0123456789") : 0;
  return !number || strcmp(name + 1 + number, " (deleted)");
}

// FNV-1a.
static uint64_t new_number(uint64_t device, const char *path) {
  uint32_t hash = 2166136261u;
  int counts = digits_count(path);
  for (; *path; ++path)
    if (counts || *path < '0' || *path > '9') hash = (hash ^ (unsigned char)*path) * 16777619u;
  uint64_t of_device = (uint64_t)device_number(device) << 40;
  struct used *wanted = number_slot(numbers, capacity, (FIRST_INODE + hash) | of_device);
  for (uint32_t i = wanted->taken;; ++i) {
    uint64_t number = FIRST_INODE + (uint32_t)(hash + i);
    struct used *place = number_slot(numbers, capacity, number | of_device);
    if (place->number) continue;
    place->number = number | of_device;
    wanted->taken = i;
    return number;
  }
}

struct identity *identity_of(uint64_t device, uint64_t inode, uint64_t born, path_of_file *path,
                             const void *file) {
  if (count * 2 >= capacity) grow();
  struct identity *found = slot(table, capacity, device, inode);
  int other = found->born && born && found->born != born;
  if (!found->number || other) {
    char text[PATH_MAX];
    path(file, text, sizeof text);
    ++count;  // of numbers: there are more than inodes
    *found = (struct identity){.device = device, .inode = inode, .number = new_number(device, text)};
  }
  if (born) found->born = born;
  return found;
}
