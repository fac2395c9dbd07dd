// Files as the process that called sees them: by its paths, folders and descriptors.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"

// What the process's own path means in the driver, which is another process.
static const struct {
  const char *path, *meaning;
} own_paths[] = {
    {"/proc/self", "/proc/%1$d"},        {"/proc/thread-self", "/proc/%1$d/task/%2$d"},
    {"/dev/fd", "/proc/%1$d/fd"},        {"/dev/stdin", "/proc/%1$d/fd/0"},
    {"/dev/stdout", "/proc/%1$d/fd/1"},  {"/dev/stderr", "/proc/%1$d/fd/2"},
};

static long status_at(int folder, const char *path, int flags, struct file_status *status) {
  return syscall(CALL_STATX, folder, path, flags, STATUS_BASIC | STATUS_BORN, status) ? -errno : 0;
}

// Rewrites an absolute path that means the process itself.
static void make_ours(const struct request *request, char *path, size_t size, int flags) {
  if (strncmp(path, "/proc/", 6) && strncmp(path, "/dev/", 5)) return;
  for (size_t i = 0; i < sizeof own_paths / sizeof *own_paths; ++i) {
    size_t length = strlen(own_paths[i].path);
    if (strncmp(path, own_paths[i].path, length)) continue;
    int is_link = path[length] == 0;
    if ((path[length] != '/' && !is_link) || (is_link && flags & FLAG_NOFOLLOW)) continue;
    char rest[PATH_MAX];
    strcpy(rest, path + length);
    int end = snprintf(path, size, own_paths[i].meaning, process_of(request->thread), request->thread);
    snprintf(path + end, size - end, "%s", rest);
    return;
  }
}

// Returns the result of a look at /proc's link for a descriptor, where the look failed.
static int looked_at(int descriptor, int error) {
  if (error == -EACCES) return UNABLE;  // the process hides from the driver (PR_SET_DUMPABLE)
  return error == -ENOENT && descriptor != AT_FDCWD ? -EBADF : error;
}

// Opens the folder that a relative path starts from; returns a descriptor or a negative error number.
static int open_start(const struct request *request, int folder) {
  char path[64];
  if (folder == AT_FDCWD)
    snprintf(path, sizeof path, "/proc/%d/cwd", request->thread);
  else if (folder < 0)
    return -EBADF;
  else
    snprintf(path, sizeof path, "/proc/%d/fd/%d", request->thread, folder);
  int descriptor = open(path, O_PATH | O_CLOEXEC);
  if (descriptor >= 0) return descriptor;
  return looked_at(folder, -errno);
}

void release(struct place *place) {
  if (place->folder >= 0) close(place->folder);
  place->folder = AT_FDCWD;
}

long descriptor_status(const struct request *request, int descriptor, struct file_status *status,
                       struct place *place) {
  place->folder = AT_FDCWD;
  place->flags = 0;
  if (separated) return UNABLE;
  if (descriptor == AT_FDCWD)
    snprintf(place->path, sizeof place->path, "/proc/%d/cwd", request->thread);
  else if (descriptor < 0)
    return -EBADF;
  else
    snprintf(place->path, sizeof place->path, "/proc/%d/fd/%d", request->thread, descriptor);
  long error = status_at(AT_FDCWD, place->path, 0, status);
  if (error) return looked_at(descriptor, (int)error);
  const char *device = random_device_of(status);
  if (!device) return 0;
  snprintf(place->path, sizeof place->path, "%s", device);
  return status_at(AT_FDCWD, device, 0, status);
}

long file_status(const struct request *request, int folder, uint64_t path, int flags,
                 struct file_status *status, struct place *place) {
  place->folder = AT_FDCWD;
  place->flags = flags;
  if (separated) return UNABLE;
  long error = read_text(request, path, place->path, sizeof place->path);
  if (error) return error;
  if (!place->path[0])
    return flags & FLAG_EMPTY_PATH ? descriptor_status(request, folder, status, place) : -ENOENT;
  if (is_of_root(request, place->path)) {
    int file = open_of_root(place->path, O_PATH | (flags & FLAG_NOFOLLOW ? O_NOFOLLOW : 0));
    if (file < 0) return file;
    place->folder = file;
    place->flags = FLAG_EMPTY_PATH;
    place->path[0] = 0;
    return status_at(file, "", FLAG_EMPTY_PATH, status);
  }
  if (place->path[0] == '/') {
    make_ours(request, place->path, sizeof place->path, flags);
  } else {
    int start = open_start(request, folder);
    if (start < 0) return start;
    place->folder = start;
  }
  return status_at(place->folder, place->path, flags, status);
}

void path_of_descriptor(const void *file, char *path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", *(const int *)file);
  ssize_t length = readlink(link, path, size - 1);
  path[length > 0 ? length : 0] = 0;
}

void path_of_place(const void *file, char *path, size_t size) {
  const struct place *place = file;
  if (!place->path[0]) {  // of the pinned root
    path_of_descriptor(&place->folder, path, size);
    return;
  }
  int nofollow = place->flags & FLAG_NOFOLLOW ? O_NOFOLLOW : 0;
  int descriptor = openat(place->folder, place->path, O_PATH | O_CLOEXEC | nofollow);
  path[0] = 0;
  if (descriptor < 0) return;
  path_of_descriptor(&descriptor, path, size);
  close(descriptor);
}

int open_path(const struct request *request, int folder, uint64_t path_address) {
  char path[PATH_MAX];
  if (separated) return UNABLE;
  long error = read_text(request, path_address, path, sizeof path);
  if (error) return (int)error;
  if (!path[0]) return -ENOENT;
  if (is_of_root(request, path)) return open_of_root(path, O_PATH);
  int start = AT_FDCWD;
  if (path[0] == '/')
    make_ours(request, path, sizeof path, 0);
  else if ((start = open_start(request, folder)) < 0)
    return start;
  int descriptor = openat(start, path, O_PATH | O_CLOEXEC);
  int result = descriptor < 0 ? -errno : descriptor;
  if (start >= 0) close(start);
  return result;
}
