// How a process finds the channel, and who it is.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload.h"

extern char **environ;

static struct channel *_Atomic mapped;
static _Atomic int is_looked_for;
// The kernel wipes this page in a child that gets a copy of the memory, however it was forked. A
// child of vfork shares the memory, and what it allocates is its parent's.
struct identity {
  _Atomic uint32_t process;
  _Atomic uint32_t has_begun;
};
static struct identity *_Atomic identity;

void die(const char *what, const char *detail) {
  const char *parts[] = {"rules_codspeed: memory mode: ", what, ": ", detail, "\n"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (write(2, parts[i], strlen(parts[i])) < 0) break;
  syscall(SYS_exit_group, 70);
  __builtin_unreachable();
}

// Reads a variable where libc has not been started yet; the result is valid until the next call.
static const char *early_variable(const char *name) {
  static char value[512];
  size_t length = strlen(name), at = 0, kept = 0;
  int matches = 1, file = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
  char block[512];
  ssize_t count;
  while (file >= 0 && (count = read(file, block, sizeof block)) > 0) {
    for (ssize_t i = 0; i < count; i++) {
      char one = block[i];
      if (matches && at > length && kept < sizeof value) value[kept++] = one;
      if (one == 0) {
        if (matches && at > length && value[kept - 1] == 0) return close(file), value;
        at = kept = 0, matches = 1;
        continue;
      }
      if (at < length) matches = matches && one == name[at];
      if (at == length) matches = matches && one == '=';
      at++;
    }
  }
  if (file >= 0) close(file);
  return NULL;
}

static const char *variable(const char *name) {
  if (environ == NULL) return early_variable(name);
  size_t length = strlen(name);
  for (char **one = environ; *one; one++)
    if (strncmp(*one, name, length) == 0 && (*one)[length] == '=') return *one + length + 1;
  return NULL;
}

static struct channel *map(const char *path) {
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) die("cannot open the channel, as after a change of user or root folder, or under seccomp", path);
  struct channel head;
  if (pread(file, &head, sizeof head, 0) != sizeof head || head.magic != CHANNEL_MAGIC)
    die("not a channel of this version", path);
  size_t bytes = channel_bytes(head.capacity);
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) die("cannot map the channel", path);
  close(file);
  return memory;
}

// Linked into a dynamic program, where it may be preloaded too, this library leaves all to that.
static int is_measured(void) {
#ifdef MEMORY_WRAPPED
  return getauxval(AT_BASE) == 0;
#else
  return 1;
#endif
}

struct channel *attached(void) {
  if (LIKELY(atomic_load_explicit(&is_looked_for, memory_order_acquire)))
    return atomic_load_explicit(&mapped, memory_order_relaxed);
  int before = errno;
  const char *path = is_measured() ? variable(CHANNEL_VARIABLE) : NULL;
  if (path) {
    struct channel *found = map(path), *none = NULL;
    if (!atomic_compare_exchange_strong(&mapped, &none, found))
      munmap(found, channel_bytes(found->capacity));
  }
  atomic_store_explicit(&is_looked_for, 1, memory_order_release);
  errno = before;
  return atomic_load(&mapped);
}

static uint32_t ask_process_id(void) { return (uint32_t)syscall(SYS_getpid); }

static struct identity *new_identity(void) {
  size_t page = 1 << 16;  // as large as any
  void *memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  if (madvise(memory, page, MADV_WIPEONFORK) == 0) return memory;
  munmap(memory, page);
  return NULL;
}

// Returns the page; NULL where the kernel is too old for it.
static struct identity *own_identity(void) {
  struct identity *page = atomic_load_explicit(&identity, memory_order_acquire);
  if (LIKELY(page)) return page;
  int before = errno;
  struct identity *fresh = new_identity(), *none = NULL;
  errno = before;
  if (fresh == NULL) return NULL;
  return atomic_compare_exchange_strong(&identity, &none, fresh) ? fresh : none;
}

enum kind beginning(void) {
  static _Atomic int has_begun;  // a child of fork inherits it
  struct identity *page = own_identity();
  if (LIKELY(page && atomic_load_explicit(&page->has_begun, memory_order_relaxed))) return 0;
  // There is one thread: that which starts a program, or that which forked.
  if (page) atomic_store(&page->has_begun, 1);
  if (!atomic_exchange(&has_begun, 1)) return KIND_IMAGE;
  return page ? KIND_CHILD : 0;
}

uint32_t process_id(void) {
  struct identity *page = own_identity();
  if (page == NULL) return ask_process_id();
  uint32_t known = atomic_load_explicit(&page->process, memory_order_relaxed);
  if (LIKELY(known)) return known;
  known = ask_process_id();
  atomic_store_explicit(&page->process, known, memory_order_relaxed);
  return known;
}
