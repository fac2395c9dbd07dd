// Finds the operators of C++ behind this library.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>

#include "outer.h"

#define MOST_OBJECTS 1024

struct objects {
  const char *names[MOST_OBJECTS];
  size_t count;
};

static int on_object(struct dl_phdr_info *info, size_t size, void *state) {
  (void)size;
  struct objects *objects = state;
  if (objects->count < MOST_OBJECTS && info->dlpi_name[0])
    objects->names[objects->count++] = info->dlpi_name;
  return 0;
}

static int is_of_cpp(const char *path) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  return strncmp(name, "libstdc++", 9) == 0 || strncmp(name, "libc++", 6) == 0;
}

static const void *object_of(void *function) {
  Dl_info owner;
  return dladdr(function, &owner) ? owner.dli_fbase : NULL;
}

// Finds it in what is loaded: behind this library lies nothing that a program loads for itself, as
// Python does. Those of the C++ library come first.
static void *in_loaded(const char *name) {
  struct objects objects;
  objects.count = 0;
  dl_iterate_phdr(on_object, &objects);
  for (int others = 0; others < 2; others++)
    for (size_t i = 0; i < objects.count; i++) {
      if (is_of_cpp(objects.names[i]) == others) continue;
      void *library = dlopen(objects.names[i], RTLD_LAZY | RTLD_NOLOAD);
      void *found = library ? dlsym(library, name) : NULL;
      if (found && object_of(found) != object_of((void *)in_loaded)) return found;
      if (library) dlclose(library);
    }
  return NULL;
}

// Whether an operator is that of a library of C++, which calls malloc or free each time.
static int calls_malloc(void *operator) {
  Dl_info owner;
  return dladdr(operator, &owner) && owner.dli_fname && is_of_cpp(owner.dli_fname);
}

void *find_operator(void *_Atomic *place, const char *name) {
  void *found = atomic_load_explicit(place, memory_order_acquire);
  if (LIKELY(found != NULL)) return found;
  int before = errno;
  // What the loader allocates is not the program's.
  size_t silent = silence_begins();
  found = dlsym(RTLD_NEXT, name);
  if (found == NULL) found = in_loaded(name);
  silence_ends(silent);
  errno = before;
  if (found == NULL) die("no such operator of C++ behind this library", name);
  if (!calls_malloc(found)) count_calls();
  atomic_store_explicit(place, found, memory_order_release);
  return found;
}
