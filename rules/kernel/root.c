// The pinned root: a folder that stands for the machine's own libraries, programs and settings.
//
// Where programs run in the simulator, only those get it. Its launcher, and what runs without it, is
// started by the machine's kernel under the machine's loader, which needs the libraries that belong to
// it. Where there is no simulator, programs have the folder mounted as their root, which the driver has
// not: it then looks there for what they ask of a file, and the machine's kernel opens it.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"

// Whatever a distribution puts there, the root has, or there is none of it.
static const char *const areas[] = {"/bin",   "/etc",    "/lib",  "/lib32",
                                    "/lib64", "/libx32", "/sbin", "/usr"};
#define AREAS (sizeof areas / sizeof *areas)

// Flags of open that mean the same for a file of the root.
#define KEPT_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_LARGEFILE | O_NOATIME)

int root_lost;
int root_is_mounted;
static int root = -1;            // a descriptor of the folder
static struct stat simulator;    // the file that every simulated process runs

static int open_below(const char *path, uint64_t flags) {
  struct open_how how = {flags | O_CLOEXEC, 0, RESOLVE_IN_ROOT};
  int file = (int)syscall(CALL_OPENAT2, root, path, &how, sizeof how);
  return file < 0 ? -errno : file;
}

void reset_root(const char *path, const char *program) {
  if (root >= 0) close(root);
  root = -1;
  root_lost = 0;
  root_is_mounted = path && !program;
  if (!path) return;
  root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  // Before Linux 5.6 there is no openat2; a container's filter may refuse it.
  int probe = root < 0 || (program && stat(program, &simulator)) ? -1 : open_below("/", O_PATH);
  root_lost = probe < 0;
  if (probe >= 0) close(probe);
}

static int is_under_root(const struct request *request) {
  char path[64];
  struct stat found;
  if (root_is_mounted) return 1;
  snprintf(path, sizeof path, "/proc/%d/exe", request->thread);
  if (stat(path, &found)) {
    root_lost = 1;  // the process hides from the driver
    return 0;
  }
  return found.st_dev == simulator.st_dev && found.st_ino == simulator.st_ino;
}

static int in_area(const char *path) {
  for (size_t i = 0; i < AREAS; ++i) {
    size_t length = strlen(areas[i]);
    if (!strncmp(path, areas[i], length) && (path[length] == '/' || !path[length])) return 1;
  }
  return 0;
}

int is_of_root(const struct request *request, const char *path) {
  if (root < 0 || path[0] != '/') return 0;
  // `//lib` and `/./lib` are other ways to write `/lib`.
  while (path[1] == '/' || (path[1] == '.' && path[2] == '/')) path += path[1] == '/' ? 1 : 2;
  if (!in_area(path) || !is_under_root(request)) return 0;
  if (separated) root_lost = 1;
  return !root_lost;
}

int open_of_root(const char *path, uint64_t flags) {
  return open_below(path, flags & (O_PATH | KEPT_FLAGS));
}

static long accessed(const struct request *request, uint64_t path_address, int mode) {
  char path[PATH_MAX];
  struct stat found;
  long unread = read_text(request, path_address, path, sizeof path);
  if (unread == UNABLE) return UNABLE;
  if (unread || !is_of_root(request, path)) return BY_MACHINE;
  int file = open_of_root(path, O_PATH);
  if (file < 0) return file;
  long error = fstat(file, &found) ? -errno : 0;
  close(file);
  if (error) return error;
  if (mode & W_OK) return -EROFS;
  return mode & X_OK && !(found.st_mode & 0111) ? -EACCES : 0;
}

static long link_read(const struct request *request, uint64_t path_address, uint64_t to, size_t size) {
  char path[PATH_MAX], target[PATH_MAX];
  long unread = read_text(request, path_address, path, sizeof path);
  if (unread == UNABLE) return UNABLE;
  if (unread || !is_of_root(request, path)) return BY_MACHINE;
  if (!size || size > INT_MAX) return -EINVAL;
  int file = open_of_root(path, O_PATH | O_NOFOLLOW);
  if (file < 0) return file;
  ssize_t length = readlinkat(file, "", target, size < sizeof target ? size : sizeof target);
  // Of a file that is no link, an empty path states that there is none.
  long error = length < 0 ? (errno == ENOENT ? -EINVAL : -errno) : 0;
  close(file);
  if (!error) error = write_memory(request, to, target, (size_t)length);
  return error ? error : length;
}

#if defined(__x86_64__)
long on_access(struct request *request) {
  return accessed(request, request->args[0], (int)request->args[1]);
}

long on_readlink(struct request *request) {
  return link_read(request, request->args[0], request->args[1], request->args[2]);
}
#endif

long on_faccessat(struct request *request) {
  return accessed(request, request->args[1], (int)request->args[2]);
}

long on_readlinkat(struct request *request) {
  return link_read(request, request->args[1], request->args[2], request->args[3]);
}
