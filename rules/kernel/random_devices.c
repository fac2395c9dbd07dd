// Random devices: a program that opens one for reading gets a file of fixed random bytes.
//
// Each device has one file, made when it is first opened. Where a program begins to read in it is the
// next random number of its process, so each time that it opens one it reads others.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel.h"

#define SIZE (1 << 24)  // bytes; half of them is the least that can be read, before the end
#define WORDS 8192      // written at a time

static struct device {
  const char *path;
  int file;  // 0, or a descriptor of the driver's
  dev_t device;
  ino_t inode;
} devices[] = {{"/dev/random", 0, 0, 0}, {"/dev/urandom", 0, 0, 0}};

#define COUNT (sizeof devices / sizeof *devices)

void reset_random_devices(void) {
  for (size_t i = 0; i < COUNT; ++i) {
    if (devices[i].file) close(devices[i].file);
    devices[i].file = 0;
  }
}

static int write_random(int file, uint64_t seed) {
  uint64_t words[WORDS];
  for (uint64_t done = 0; done < SIZE; done += sizeof words) {
    fill_random(seed + done, words, WORDS);
    if (write(file, words, sizeof words) != sizeof words) return 0;
  }
  return !fchmod(file, 0444);
}

static int make(struct device *device) {
  struct stat made;
  int file = syscall(CALL_MEMFD_CREATE, "random", 1 /* MFD_CLOEXEC */);
  if (file < 0) return 0;
  // Numbers that no process and call of getrandom begins with.
  uint64_t seed = ~(uint64_t)0 << 48 | (uint64_t)(device - devices) << 32;
  if (!write_random(file, seed) || fstat(file, &made)) {
    close(file);
    return 0;
  }
  *device = (struct device){device->path, file, made.st_dev, made.st_ino};
  return 1;
}

int is_random_device(const char *path) {
  for (size_t i = 0; i < COUNT; ++i)
    if (!strcmp(path, devices[i].path)) return 1;
  return 0;
}

const char *random_device_of(const struct file_status *status) {
  for (size_t i = 0; i < COUNT; ++i)
    if (devices[i].file && devices[i].inode == status->inode &&
        devices[i].device == makedev(status->device_major, status->device_minor))
      return devices[i].path;
  return NULL;
}

int open_random_device(const struct request *request, const char *path) {
  struct device *device = devices;
  while (strcmp(path, device->path)) ++device;
  if (!device->file && !make(device)) return -1;
  char own[64];
  snprintf(own, sizeof own, "/proc/self/fd/%d", device->file);
  int file = open(own, O_RDONLY | O_CLOEXEC);
  if (file >= 0) lseek(file, (off_t)(next_random(request) % (SIZE / 2)), SEEK_SET);
  return file;
}
