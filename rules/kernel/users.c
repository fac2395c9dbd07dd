// Users and groups: the program and all files are those of user and group 0.
//
// What the program may do is decided by the kernel, as ever: access(2) and open(2) are not
// answered here.

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "kernel.h"

// Whether an id is what the program has, or leaves it as it is.
static int is_own(uint64_t id) { return (uint32_t)id == 0 || (uint32_t)id == UINT32_MAX; }

static long change(int own) {
  if (own && !separated) return 0;
  separated = 1;
  return UNABLE;
}

long on_getid(struct request *request) {
  (void)request;
  return separated ? UNABLE : 0;
}

long on_getresid(struct request *request) {
  uint32_t id = 0;
  if (separated) return UNABLE;
  for (int i = 0; i < 3; ++i) {
    long error = write_memory(request, request->args[i], &id, sizeof id);
    if (error) return error;
  }
  return 0;
}

long on_getgroups(struct request *request) {
  int size = (int)request->args[0];
  uint32_t group = 0;
  if (separated) return UNABLE;
  if (size < 0) return -EINVAL;
  long error = size ? write_memory(request, request->args[1], &group, sizeof group) : 0;
  return error ? error : 1;
}

long on_setid(struct request *request) { return change((uint32_t)request->args[0] == 0); }

long on_setreid(struct request *request) {
  return change(is_own(request->args[0]) && is_own(request->args[1]));
}

long on_setresid(struct request *request) {
  const uint64_t *ids = request->args;
  return change(is_own(ids[0]) && is_own(ids[1]) && is_own(ids[2]));
}

long on_setgroups(struct request *request) {
  uint32_t group = 0;
  if (request->args[0] > 1) return change(0);
  long error = request->args[0] ? read_memory(request, request->args[1], &group, sizeof group) : 0;
  return error ? error : change(group == 0);
}

long on_setfsid(struct request *request) { return change(is_own(request->args[0])); }

static long give(struct request *request, int folder, uint64_t path, int flags, const uint64_t *ids) {
  struct file_status status;
  struct place place;
  // Whether it may be given to somebody else, the kernel decides.
  if (!is_own(ids[0]) || !is_own(ids[1])) return BY_MACHINE;
  long error = file_status(request, folder, path, flags, &status, &place);
  release(&place);
  return error;
}

long on_chown(struct request *request) {
  return give(request, AT_FDCWD, request->args[0], 0, request->args + 1);
}

long on_lchown(struct request *request) {
  return give(request, AT_FDCWD, request->args[0], FLAG_NOFOLLOW, request->args + 1);
}

long on_fchown(struct request *request) {
  struct file_status status;
  struct place place;
  const uint64_t *args = request->args;
  if (!is_own(args[1]) || !is_own(args[2])) return BY_MACHINE;
  return (int)args[0] < 0 ? -EBADF : descriptor_status(request, (int)args[0], &status, &place);
}

long on_fchownat(struct request *request) {
  const uint64_t *args = request->args;
  return give(request, (int)args[0], args[1], (int)args[4], args + 2);
}
