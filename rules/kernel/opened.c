// Files that describe the machine: a program that opens one of files.c for reading gets a fixed one.
//
// The same holds for a random device. One in the simulator gets a pinned root's in place of the
// machine's. All other files are opened by the machine's kernel.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "files.h"
#include "kernel.h"

static int made[MOST_FILES];  // 0, or a descriptor of the driver's, for each of fixed_files

void reset_opened(void) {
  for (size_t i = 0; i < MOST_FILES; ++i) {
    if (made[i]) close(made[i]);
    made[i] = 0;
  }
}

// Returns the index of a file that is fixed, or -1.
static int index_of(const char *path) {
  for (size_t i = 0; i < fixed_file_count; ++i)
    if (!strcmp(path, fixed_files[i].path)) return (int)i;
  return -1;
}

// Returns a descriptor with an offset of its own of a fixed file, open for reading; or -1.
static int reading(int index) {
  char path[64];
  if (!made[index]) {
    int file = syscall(CALL_MEMFD_CREATE, "fixed", 1 /* MFD_CLOEXEC */);
    if (file < 0) return -1;
    const struct fixed_file *of = &fixed_files[index];
    int good = of->make ? of->make(file) : write(file, of->content, of->size) == (ssize_t)of->size;
    if (!good || fchmod(file, 0444)) {
      close(file);
      return -1;
    }
    made[index] = file;
  }
  snprintf(path, sizeof path, "/proc/self/fd/%d", made[index]);
  return open(path, O_RDONLY | O_CLOEXEC);
}

// Gives the program a descriptor of the driver's, and closes that. Returns UNABLE where the
// machine's kernel cannot.
static long give(struct request *request, int file, uint64_t flags) {
  struct notification_descriptor added = {request->id, 0, file, 0, flags & O_CLOEXEC};
  long result = ioctl(request->listener, NOTIFICATION_ADD_DESCRIPTOR, &added);
  // Before Linux 5.9 there is no such request.
  if (result < 0) result = errno == EMFILE ? -EMFILE : UNABLE;
  close(file);
  return result;
}

static long opened_of_root(struct request *request, const char *path, uint64_t flags) {
  if (root_is_mounted) return BY_MACHINE;
  if ((flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC)) return -EROFS;
  // One that can be read will do: the kernel hands no other over.
  int file = open_of_root(path, flags & ~(uint64_t)O_PATH);
  if (file < 0) return file;
  long result = give(request, file, flags);
  if (result == UNABLE) root_lost = 1;
  return result;
}

static long opened_random(struct request *request, const char *path, uint64_t flags) {
  if (separated) return UNABLE;
  int file = open_random_device(request, path);
  return file < 0 ? UNABLE : give(request, file, flags);
}

static long opened(struct request *request, uint64_t path_address, uint64_t flags) {
  char path[PATH_MAX];
  long error = read_text(request, path_address, path, sizeof path);
  if (error) return error == UNABLE ? UNABLE : BY_MACHINE;
#if defined(__aarch64__)
  // What Valgrind opens first of all, before it copies the vector for the program.
  if (!strcmp(path, "/proc/self/maps")) fix_hardware(request);
#endif
  int reads = (flags & O_ACCMODE) == O_RDONLY && !(flags & (O_PATH | O_DIRECTORY | O_CREAT));
  if (reads && is_random_device(path)) return opened_random(request, path, flags);
  int index = index_of(path);
  int is_made = index >= 0 && fixed_files[index].make;
  // The root's loader has a cache of its own, or none.
  if ((index < 0 || is_made) && is_of_root(request, path)) return opened_of_root(request, path, flags);
  if (index < 0) return BY_MACHINE;
  if (!reads) return BY_MACHINE;
  // Only the loader closes it when it starts another program; ldconfig prints the machine's.
  if (is_made && !(flags & O_CLOEXEC)) return BY_MACHINE;
  if (separated) return UNABLE;
  if (!is_made && !fixed_files[index].content) return -ENOENT;
  int file = reading(index);
  if (file < 0) return is_made ? BY_MACHINE : UNABLE;
  return give(request, file, flags);
}

#if defined(__x86_64__)
long on_open(struct request *request) {
  return opened(request, request->args[0], request->args[1]);
}
#endif

long on_openat(struct request *request) {
  return opened(request, request->args[1], request->args[2]);
}

long on_openat2(struct request *request) {
  uint64_t flags;  // the first field of struct open_how
  long error = read_memory(request, request->args[2], &flags, sizeof flags);
  return error ? BY_MACHINE : opened(request, request->args[1], flags);
}
