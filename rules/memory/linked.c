// Allocators that are linked into a program, and runtimes with heaps of their own: calls that cannot be
// seen.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "preload.h"

#define GO "runtime.mallocgc"

#ifdef MEMORY_WRAPPED
// `malloc` and what extensions.c has are seen.
static const char *const markers[] = {"_rjem_malloc", "je_malloc", GO};
#else
// Defined by a program that an allocator is linked into (spec: memory 4.1). The first is a program
// that has any other allocator: the loader looks for it in the program first.
static const char *const markers[] = {
    "malloc",    "_rjem_malloc", "je_malloc", "je_malloc_default", "mallocx",
    "tc_malloc", "tc_free",      "mi_malloc", "mi_malloc_aligned", GO,
};
#endif

struct search {
  const char *marker;
  int is_python;  // has mimalloc for objects of threads, which it asks for no memory of others
  const char *operators;  // an allocator that may have operators of C++ of its own
  int has_operators;
  int wraps_operators;
};

static int look_at(const char *name, uint64_t address, void *state) {
  (void)address;
  static const char *const with_operators[] = {"mallocx", "tc_malloc", "mi_malloc"};
  struct search *search = state;
  if (strcmp(name, "Py_BytesMain") == 0) search->is_python = 1;
  if (strcmp(name, "_Znwm") == 0) search->has_operators = 1;
  if (strcmp(name, "__wrap__Znwm") == 0) search->wraps_operators = 1;
  for (size_t i = 0; i < sizeof markers / sizeof *markers; i++)
    if (strcmp(name, markers[i]) == 0) search->marker = markers[i];
  for (size_t i = 0; i < sizeof with_operators / sizeof *with_operators; i++)
    if (strcmp(name, with_operators[i]) == 0) search->operators = with_operators[i];
  return 0;
}

// Whether the loader was started with the program.
static int is_by_loader(const char *program) {
  char started[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", started, sizeof started - 1);
  started[length > 0 ? length : 0] = 0;
  return strcmp(program, started) != 0 && access(program, R_OK) == 0;
}

#ifndef MEMORY_WRAPPED
// How messages begin of allocators that a program calls by names which are stripped away.
static const char *stripped_allocator(const char *program) {
  static const char *const messages[] = {"<jemalloc>: ", "mimalloc: ", "tcmalloc: "};
  for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
    if (stripped_has(program, messages[i])) return messages[i];
  return NULL;
}

// By a function of the program or of a library that it was linked with.
static void check_runtimes(const char *program) {
  // A search that finds nothing allocates.
  size_t silent = silence_begins();
  int is_java = dlsym(RTLD_DEFAULT, "JLI_Launch") != NULL;
  int is_node = dlsym(RTLD_DEFAULT, "_ZN4node5StartEiPPc") != NULL;
  dlerror();
  silence_ends(silent);
  if (is_java) leave_note(REASON_JAVA, process_id(), program, "");
  if (is_node) atomic_fetch_or(&attached()->runtimes, RUNTIME_NODE);
}
#endif

void check_this_process(void) {
  char program[PATH_MAX];
  own_program(program, sizeof program);
  struct search search = {NULL, 0, NULL, 0, 0};
  // A program that has been replaced or removed is still there.
  const char *file = is_by_loader(program) ? program : "/proc/self/exe";
  each_defined_function(file, look_at, &search);
#ifndef MEMORY_WRAPPED
  if (search.marker == NULL && !search.is_python) search.marker = stripped_allocator(file);
#endif
  if (search.marker && strcmp(search.marker, GO) == 0)
    leave_note(REASON_GO, process_id(), program, "");
  else if (search.marker && !(search.is_python && strncmp(search.marker, "mi_", 3) == 0))
    leave_note(REASON_ALLOCATOR, process_id(), program, search.marker);
#ifdef MEMORY_WRAPPED
  if (search.operators && !search.is_python && search.has_operators && !search.wraps_operators)
    leave_note(REASON_OPERATORS, process_id(), program, search.operators);
#else
  check_runtimes(program);
#endif
}
