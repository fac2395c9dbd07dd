// Listings of folders: sorted by name, with inode numbers that stand for the machine's.
//
// A listing belongs to an open file description, which processes and descriptors share. So the
// place where it stands is kept where the kernel keeps it: in the offset of the description. The
// driver has a copy of the descriptor to read and set it. All listings of a run share one
// range of offsets, in which each gets its own: a listing that was closed half-way is never
// taken for another one, and rewinddir (offset 0) starts anew.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel.h"

#define END 0x7fffffff       // the largest offset in every file system; all was given
#define READ_AT_ONCE 32768   // bytes
#define MOST_AT_ONCE 65536   // bytes
#define KEPT 64              // listings that were given to their end, for seekdir
#define KEPT_HALF_WAY 512    // others: most are of folders that were closed half-way

struct listing {
  uint32_t first, count;  // entry i is left at offset first + i + 1
  int finished;
  int description;  // -1, or the driver's own copy
  char *records;    // struct folder_entry
  struct folder_entry **entries;
};

static struct listing *listings;
static size_t listing_count, capacity;
static uint32_t next_offset;
static const char *runfiles;

static void forget(size_t i) {
  free(listings[i].records);
  free(listings[i].entries);
  if (listings[i].description >= 0) close(listings[i].description);
  memmove(listings + i, listings + i + 1, (--listing_count - i) * sizeof *listings);
}

void reset_folders(const char *of_runfiles) {
  while (listing_count) forget(listing_count - 1);
  next_offset = 0;
  runfiles = of_runfiles;
}

static void forget_old_ones(void) {
  size_t finished = 0, half_way = 0;
  for (size_t i = listing_count; i-- > 0;)
    if (listings[i].finished ? ++finished > KEPT : ++half_way > KEPT_HALF_WAY) forget(i);
}

static struct listing *listing_at(uint32_t offset) {
  for (size_t i = listing_count; i-- > 0;)
    if (offset > listings[i].first && offset <= listings[i].first + listings[i].count)
      return &listings[i];
  return NULL;
}

static int by_name(const void *a, const void *b) {
  const char *one = (*(struct folder_entry *const *)a)->name;
  const char *other = (*(struct folder_entry *const *)b)->name;
  int one_dot = !strcmp(one, ".") || !strcmp(one, "..");
  int other_dot = !strcmp(other, ".") || !strcmp(other, "..");
  return one_dot != other_dot ? other_dot - one_dot : strcmp(one, other);
}

// Reads all entries; returns bytes, or a negative error number.
static long read_records(int folder, char **records) {
  size_t size = 0, space = 0;
  if (lseek(folder, 0, SEEK_SET)) return -errno;
  for (;;) {
    if (space - size < READ_AT_ONCE) {
      space += READ_AT_ONCE + space / 2;
      *records = realloc(*records, space);
      if (!*records) abort();
    }
    long got = syscall(CALL_GETDENTS64, folder, *records + size, space - size);
    if (got < 0) return -errno;
    if (!got) return (long)size;
    size += got;
  }
}

struct named {
  const char *folder, *name;
};

static void path_of_entry(const void *file, char *path, size_t size) {
  const struct named *entry = file;
  const char *slash = strcmp(entry->folder, "/") ? "/" : "";
  snprintf(path, size, "%s%s%s", entry->folder, slash, entry->name);
  // `.` and `..` have a path that does not name them.
  if (!strcmp(entry->name, ".")) snprintf(path, size, "%s", entry->folder);
  if (!strcmp(entry->name, "..")) {
    snprintf(path, size, "%s", entry->folder);
    char *last = strrchr(path, '/');
    if (last) last[last == path] = 0;
  }
}

static uint64_t device_of_stat(const struct stat *status) {
  return (uint64_t)major(status->st_dev) << 32 | (uint32_t)minor(status->st_dev);
}

static void fix(struct folder_entry *entry, int folder, const char *path, uint64_t device) {
  struct stat found;
  struct named file = {path, entry->name};
  // Some file systems do not keep the type beside the name. What is mounted on a folder differs from
  // machine to machine, as in a sandbox: the listing names the folder that the path leads to.
  if ((!entry->type || entry->type == DT_DIR) &&
      !fstatat(folder, entry->name, &found, AT_SYMLINK_NOFOLLOW)) {
    entry->type = found.st_mode >> 12;
    entry->inode = found.st_ino;
    device = device_of_stat(&found);
  }
  entry->inode = identity_of(device, entry->inode, 0, path_of_entry, &file)->number;
}

// Whether an entry of the runfiles is found by its name only: a link, whose name Bazel gives to a
// repository otherwise in each version, and the file that some versions do not make. Python lists
// the folder, which is on its import path.
static int is_unlisted(const char *folder, const struct folder_entry *entry) {
  if (strcmp(folder, runfiles)) return 0;
  return entry->type == DT_LNK || !strcmp(entry->name, "_repo_mapping");
}

// Adds the listing of a folder; returns 0 or a negative error number.
static long list(int folder, int description) {
  struct listing made = {.description = description};
  struct stat found;
  if (fstat(folder, &found)) return -errno;
  if (!S_ISDIR(found.st_mode)) return -ENOTDIR;
  long size = read_records(folder, &made.records);
  if (size < 0) {
    free(made.records);
    return size;
  }
  made.entries = malloc((size / offsetof(struct folder_entry, name) + 1) * sizeof *made.entries);
  if (!made.entries) abort();
  for (long at = 0; at < size; at += made.entries[made.count - 1]->length)
    made.entries[made.count++] = (struct folder_entry *)(made.records + at);
  qsort(made.entries, made.count, sizeof *made.entries, by_name);
  uint64_t device = device_of_stat(&found);
  char path[PATH_MAX];
  path_of_descriptor(&folder, path, sizeof path);
  uint32_t listed = 0;
  for (uint32_t i = 0; i < made.count; ++i) {
    fix(made.entries[i], folder, path, device);
    if (!is_unlisted(path, made.entries[i])) made.entries[listed++] = made.entries[i];
  }
  made.count = listed;
  forget_old_ones();
  if (next_offset > END - 1 - made.count) next_offset = 0;
  made.first = next_offset;
  next_offset += made.count;
  if (listing_count == capacity) {
    capacity = capacity ? capacity * 2 : 64;
    listings = realloc(listings, capacity * sizeof *listings);
    if (!listings) abort();
  }
  listings[listing_count++] = made;
  return 0;
}

// How a call lays out one entry; returns its length.
typedef size_t layout(char *to, const struct folder_entry *entry, int64_t next);

static size_t layout64(char *to, const struct folder_entry *entry, int64_t next) {
  size_t name = strlen(entry->name) + 1;
  size_t length = (offsetof(struct folder_entry, name) + name + 7) / 8 * 8;
  if (!to) return length;
  struct folder_entry *made = (struct folder_entry *)to;
  memset(made, 0, length);
  *made = (struct folder_entry){entry->inode, next, length, entry->type};
  memcpy(made->name, entry->name, name);
  return length;
}

#if defined(__x86_64__)
// struct linux_dirent of getdents(2): the type is the last byte.
static size_t layout_old(char *to, const struct folder_entry *entry, int64_t next) {
  size_t name = strlen(entry->name) + 1, head = offsetof(struct folder_entry, type);
  size_t length = (head + name + 1 + 7) / 8 * 8;
  if (!to) return length;
  memset(to, 0, length);
  *(struct folder_entry *)to = (struct folder_entry){entry->inode, next, length, 0};
  memcpy(to + head, entry->name, name);
  to[length - 1] = entry->type;
  return length;
}
#endif

// Gives the next entries of a listing and moves the description's offset.
static long give(struct request *request, int folder, struct listing *listing, uint32_t index,
                 layout *lay_out) {
  char buffer[MOST_AT_ONCE];
  size_t size = 0, room = (uint32_t)request->args[2];
  if (room > sizeof buffer) room = sizeof buffer;
  uint32_t i = index;
  for (; i < listing->count; ++i) {
    size_t length = lay_out(NULL, listing->entries[i], 0);
    if (size + length > room) break;
    lay_out(buffer + size, listing->entries[i], listing->first + i + 1);
    size += length;
  }
  if (i == index && i < listing->count) return -EINVAL;
  off_t next = i < listing->count ? listing->first + i : END;
  // Offset 0 would mean a new listing.
  if (lseek(folder, next, SEEK_SET) != next) {
    lseek(folder, 0, SEEK_SET);
    return UNABLE;
  }
  listing->finished = next == END;
  long error = write_memory(request, request->args[1], buffer, size);
  return error ? error : (long)size;
}

// Returns the driver's copy of a descriptor of the process, or a negative error number.
static int copied(const struct request *request, int descriptor) {
  // Since Linux 6.9 threads may have descriptors of their own.
  int process = syscall(CALL_PIDFD_OPEN, request->thread, PIDFD_OF_THREAD);
  if (process < 0) process = syscall(CALL_PIDFD_OPEN, process_of(request->thread), 0);
  if (process < 0) return -errno;
  int copy = syscall(CALL_PIDFD_GETFD, process, descriptor, 0);
  int error = errno;
  close(process);
  return copy < 0 ? -error : copy;
}

static long field(const char *text, const char *name, int base) {
  const char *found = strstr(text, name);
  return found ? strtol(found + strlen(name), NULL, base) : -1;
}

// Where pidfd_getfd is refused, as in containers: replaces the folder that the process has open by
// one that the driver opened. A copy that the process made before stays where it stood.
// Returns the driver's copy, or a negative error number.
static int replaced(const struct request *request, int descriptor, int *is_new_one) {
  char path[64], text[256];
  snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", request->thread, descriptor);
  int info = open(path, O_RDONLY | O_CLOEXEC);
  if (info < 0) return errno == ENOENT ? -EBADF : -errno;
  ssize_t size = read(info, text, sizeof text - 1);
  close(info);
  text[size > 0 ? size : 0] = 0;
  long offset = field(text, "pos:", 10), flags = field(text, "flags:", 8);
  struct listing *listing = listing_at(offset);
  if (listing && listing->description >= 0) return fcntl(listing->description, F_DUPFD_CLOEXEC, 0);
  snprintf(path, sizeof path, "/proc/%d/fd/%d", request->thread, descriptor);
  int folder = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
  if (folder < 0) return -errno;
  if (offset == END) return lseek(folder, END, SEEK_SET) < 0 ? -errno : folder;
  *is_new_one = 1;
  struct notification_descriptor added = {request->id, ADD_AT_TARGET, folder, descriptor,
                                          flags & O_CLOEXEC};
  if ((offset && lseek(folder, offset, SEEK_SET) < 0) ||
      ioctl(request->listener, NOTIFICATION_ADD_DESCRIPTOR, &added) < 0) {
    close(folder);
    return -EPERM;
  }
  return folder;
}

static long next_entries(struct request *request, layout *lay_out) {
  int is_new_one = 0;
  int folder = copied(request, (int)request->args[0]);
  if (folder == -EPERM || folder == -ENOSYS)
    folder = replaced(request, (int)request->args[0], &is_new_one);
  if (folder == -EPERM || folder == -ENOSYS || folder == -EACCES) return UNABLE;
  if (folder < 0) return folder;
  off_t offset = lseek(folder, 0, SEEK_CUR);
  long result = offset < 0 && errno == EBADF ? -EBADF : 0;  // O_PATH
  if (!result && offset != END) {
    struct listing *listing = offset > 0 ? listing_at(offset) : NULL;
    uint32_t index = listing ? offset - listing->first : 0;
    if (!listing) {
      result = list(folder, is_new_one ? fcntl(folder, F_DUPFD_CLOEXEC, 0) : -1);
      listing = result ? NULL : &listings[listing_count - 1];
    }
    if (listing) result = give(request, folder, listing, index, lay_out);
  }
  close(folder);
  return result;
}

long on_getdents64(struct request *request) { return next_entries(request, layout64); }

#if defined(__x86_64__)
long on_getdents(struct request *request) { return next_entries(request, layout_old); }
#endif
