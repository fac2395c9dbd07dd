// The memory of the process that called.
//
// Other threads of it may change what is read here before they look at the answer. That harms
// only themselves: an answer grants nothing that the kernel would not.

#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "kernel.h"

#define PAGE 4096
#define PIECE 256  // bytes; most paths are shorter

static long failed(void) { return errno == EPERM || errno == ENOSYS ? UNABLE : -errno; }

long read_memory(const struct request *request, uint64_t address, void *to, size_t size) {
  struct iovec here = {to, size}, there = {(void *)address, size};
  ssize_t done = process_vm_readv(request->thread, &here, 1, &there, 1, 0);
  if (done < 0) return failed();
  return (size_t)done == size ? 0 : -EFAULT;
}

long write_memory(const struct request *request, uint64_t address, const void *from, size_t size) {
  struct iovec here = {(void *)from, size}, there = {(void *)address, size};
  // A killed thread's number may be another's by now.
  uint64_t id = request->id;
  if (ioctl(request->listener, NOTIFICATION_VALID, &id)) return -ESRCH;
  ssize_t done = process_vm_writev(request->thread, &here, 1, &there, 1, 0);
  if (done < 0) return failed();
  return (size_t)done == size ? 0 : -EFAULT;
}

long read_text(const struct request *request, uint64_t address, char *to, size_t size) {
  for (size_t have = 0; have < size;) {
    size_t piece = PAGE - (address + have) % PAGE;  // the next page may not be there
    if (piece > PIECE) piece = PIECE;
    if (piece > size - have) piece = size - have;
    long error = read_memory(request, address + have, to + have, piece);
    if (error) return error;
    if (memchr(to + have, 0, piece)) return 0;
    have += piece;
  }
  return -ENAMETOOLONG;
}
