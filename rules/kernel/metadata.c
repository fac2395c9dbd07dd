// File metadata: what varies from machine to machine is fixed, what programs rely on is kept.
//
// Kept: type, mode, size of files, link count of files, the time that a file of the machine
// was last modified (in seconds: Python compares it with what a .pyc file says), which files and
// devices are the same, and that a time changes when its file changes.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel.h"

#define FIXED_TIME 1577836800  // 2020-01-01 00:00:00 UTC
#define BLOCK 4096             // bytes; the size of folders too
#define SECTORS (BLOCK / 512)  // in a block
// Disks are block devices, and not those without a device.
#define DISK_MAJOR 8

static int64_t measurement_start;
static uint64_t pseudo_devices[5];
static const char *const pseudo_folders[5] = {"/proc", "/sys", "/dev", "/dev/pts", "/sys/fs/cgroup"};

void reset_metadata(int64_t since) {
  measurement_start = since;
  struct stat root, found;
  int no_root = stat("/", &root);
  for (int i = 0; i < 5; ++i) {
    // Where nothing is mounted, the folder belongs to the disk.
    int pseudo = !stat(pseudo_folders[i], &found) && (no_root || found.st_dev != root.st_dev);
    pseudo_devices[i] =
        pseudo ? (uint64_t)major(found.st_dev) << 32 | (uint32_t)minor(found.st_dev) : 0;
  }
}

// Whether a file system makes files up: their times are those of the look itself.
static int is_pseudo(uint64_t device) {
  for (int i = 0; i < 5; ++i)
    if (device == pseudo_devices[i]) return 1;
  return 0;
}

static uint64_t nanoseconds(const struct file_time *time) {
  return (uint64_t)time->seconds * 1000000000u + time->nanoseconds;
}

// Returns seconds; no part of a second is ever shown.
static int64_t fixed_modified(const struct file_status *status, struct identity *identity) {
  uint64_t modified = nanoseconds(&status->modified);
  if (identity->modified && identity->modified != modified) ++identity->changes;
  identity->modified = modified;
  int regular = S_ISREG(status->mode), folder = S_ISDIR(status->mode);
  // Other programs of the machine write to a folder like /tmp.
  int shared = folder && status->mode & S_ISVTX && status->mode & S_IWOTH;
  if (is_pseudo(device_of(status)) || shared) return FIXED_TIME;
  if ((regular || S_ISLNK(status->mode)) && status->modified.seconds < measurement_start)
    return status->modified.seconds;
  return FIXED_TIME + (regular || folder ? identity->changes : 0);
}

static uint64_t fixed_sectors(const struct file_status *status) {
  if (!S_ISREG(status->mode) && !S_ISDIR(status->mode)) return 0;
  uint64_t whole = (status->size + BLOCK - 1) / BLOCK * SECTORS;
  // File systems differ in what they need for a file, but less than a hole is worth.
  uint64_t found = (status->blocks + SECTORS - 1) / SECTORS * SECTORS;
  return S_ISREG(status->mode) && found + SECTORS <= whole ? found : whole;
}

static void fix(struct file_status *status, const struct place *place) {
  uint64_t device = device_of(status);
  uint64_t born = status->mask & STATUS_BORN ? nanoseconds(&status->born) : 0;
  struct identity *identity = identity_of(device, status->inode, born, path_of_place, place);
  status->device_major = DISK_MAJOR;
  status->device_minor = device_number(device);
  struct file_time modified = {fixed_modified(status, identity), 0, 0}, fixed = {FIXED_TIME, 0, 0};
  status->inode = identity->number;
  status->accessed = status->changed = status->modified = modified;
  status->born = fixed;
  status->user = status->group = 0;
  if (S_ISDIR(status->mode)) {
    // 1 has programs count on nothing, as on btrfs; 0 says that the folder was removed.
    status->links = status->links ? 1 : 0;
    status->size = BLOCK;
  }
  status->blocks = fixed_sectors(status);
  status->block_size = BLOCK;
  status->mask = STATUS_BASIC | STATUS_BORN;
  status->attributes = status->attributes_mask = 0;
  memset(status->rest, 0, sizeof status->rest);
}

// Ends a call of the stat family, whose file was looked at with this result.
static long give_stat(struct request *request, long error, struct file_status *status,
                      struct place *place, uint64_t to) {
  if (!error) fix(status, place);
  release(place);
  if (error) return error;
  struct stat given;
  memset(&given, 0, sizeof given);
  given.st_dev = makedev(status->device_major, status->device_minor);
  given.st_ino = status->inode;
  given.st_nlink = status->links;
  given.st_mode = status->mode;
  given.st_rdev = makedev(status->special_major, status->special_minor);
  given.st_size = status->size;
  given.st_blksize = status->block_size;
  given.st_blocks = status->blocks;
  given.st_atime = status->accessed.seconds;
  given.st_mtime = status->modified.seconds;
  given.st_ctime = status->changed.seconds;
  return write_memory(request, to, &given, sizeof given);
}

static long stat_of_path(struct request *request, int folder, uint64_t path, int flags, uint64_t to) {
  struct file_status status;
  struct place place;
  long error = file_status(request, folder, path, flags, &status, &place);
  return give_stat(request, error, &status, &place, to);
}

long on_stat(struct request *request) {
  return stat_of_path(request, AT_FDCWD, request->args[0], 0, request->args[1]);
}

long on_lstat(struct request *request) {
  return stat_of_path(request, AT_FDCWD, request->args[0], FLAG_NOFOLLOW, request->args[1]);
}

long on_newfstatat(struct request *request) {
  const uint64_t *args = request->args;
  return stat_of_path(request, (int)args[0], args[1], (int)args[3], args[2]);
}

long on_fstat(struct request *request) {
  struct file_status status;
  struct place place;
  // Only paths may start from the working folder.
  int descriptor = (int)request->args[0] < 0 ? -1 : (int)request->args[0];
  long error = descriptor_status(request, descriptor, &status, &place);
  return give_stat(request, error, &status, &place, request->args[1]);
}

long on_statx(struct request *request) {
  struct file_status status;
  struct place place;
  const uint64_t *args = request->args;
  if (args[3] & STATUS_RESERVED) return -EINVAL;
  long error = file_status(request, (int)args[0], args[1], (int)args[2], &status, &place);
  if (!error) fix(&status, &place);
  release(&place);
  return error ? error : write_memory(request, args[4], &status, sizeof status);
}
