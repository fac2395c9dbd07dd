// Finds the operators of C++ behind this library.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "outer.h"

// Of a library that Python loads for itself nothing lies behind this one in the order of the loader.
static const char *const libraries[] = {"libstdc++.so.6", "libc++.so.1", "libc++abi.so.1"};

static void *look_up(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  for (size_t i = 0; !found && i < sizeof libraries / sizeof *libraries; i++) {
    void *library = dlopen(libraries[i], RTLD_LAZY | RTLD_NOLOAD);
    if (library) found = dlsym(library, name);
  }
  return found;
}

// Whether an operator is that of a library of C++, which calls malloc or free each time.
static int calls_malloc(void *operator) {
  Dl_info owner;
  if (!dladdr(operator, &owner) || !owner.dli_fname) return 0;
  const char *slash = strrchr(owner.dli_fname, '/');
  const char *library = slash ? slash + 1 : owner.dli_fname;
  return strncmp(library, "libstdc++", 9) == 0 || strncmp(library, "libc++", 6) == 0;
}

void *find_operator(void *_Atomic *place, const char *name) {
  void *found = atomic_load_explicit(place, memory_order_acquire);
  if (LIKELY(found != NULL)) return found;
  int before = errno;
  // What the loader allocates is not the program's.
  silence(1);
  found = look_up(name);
  silence(0);
  errno = before;
  if (found == NULL) die("no such operator of C++ behind this library", name);
  if (!calls_malloc(found)) count_calls();
  atomic_store_explicit(place, found, memory_order_release);
  return found;
}
