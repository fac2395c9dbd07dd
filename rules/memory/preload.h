// The library that is preloaded into measured processes, or linked into static ones. It must not
// allocate, must not use stdio, and where it is preloaded has no thread-local variable: each would be seen
// in what it measures.

#ifndef RULES_MEMORY_PRELOAD_H_
#define RULES_MEMORY_PRELOAD_H_

#include <stddef.h>
#include <stdint.h>

#include "channel.h"

#define EXPORT __attribute__((visibility("default")))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)

// attach.c: the channel, and who this process is.

// Returns the channel; NULL where the process is not measured.
struct channel *attached(void);
// Returns the process id, asked for once after each fork.
uint32_t process_id(void);
// Returns what begins with the next event: KIND_IMAGE, KIND_CHILD, or 0 where it has begun.
enum kind beginning(void);
// Writes a message to standard error and ends the process.
void die(const char *what, const char *detail) __attribute__((noreturn));

// emit.c: writes to the channel; errno is kept.

void emit(enum kind kind, const void *address, size_t size, const void *old);
// Puts a mark behind all events so far: where a window opens or closes, or what became of it.
void emit_mark(enum kind kind);
// Notes why the calls of a process cannot be seen.
void leave_note(enum reason reason, uint32_t process, const char *program, const char *detail);

// own_calls.c: what a thread has counted.

struct calls {
  uint64_t allocations;
  const void *freed;  // the block that it frees by an outer function
};

// Returns them; NULL where no function needs them.
struct calls *own_calls(void);
// From now on there are such functions.
void count_calls(void);
// Counts none of this thread's calls until the end, which gets what the beginning returned.
size_t silence_begins(void);
void silence_ends(size_t place);
int is_silent(void);

// bootstrap.c: memory for calls that come before the allocator's functions are known.

void *bootstrap_allocate(size_t size, size_t alignment);
// Returns the bytes from a pointer to the end of that memory; 0 if it points elsewhere.
size_t bootstrap_left(const void *pointer);

// real.c: the functions that come next in the order of the loader.

struct real {
  void *(*malloc)(size_t);
  void (*free)(void *);
  void *(*calloc)(size_t, size_t);
  void *(*realloc)(void *, size_t);
  void *(*aligned_alloc)(size_t, size_t);
  void *(*memalign)(size_t, size_t);
  int (*posix_memalign)(void **, size_t, size_t);
  void *(*valloc)(size_t);
  void *(*pvalloc)(size_t);
  void (*free_sized)(void *, size_t);
  void (*free_aligned_sized)(void *, size_t, size_t);
};

// Returns them; NULL while they are being looked up, which may itself allocate.
const struct real *real_functions(void);

// stacks.c: call stacks, where the driver wants them.

// Returns the node in the channel of this thread's call stack; 0 where this one is not wanted.
uint32_t own_stack(void);
// Looks for an interpreter whose frames are shown.
void find_python(void);

// breakpoints.c

// Takes the first argument of the function that is called.
typedef void hit_function(const void *argument);
// From now on calls a function before each call of the one at an address, in a handler of signals.
void break_at(uintptr_t address, hit_function *hit);

// regions.c: windows of programs that do not ask for them.

void find_regions(void);

// linked.c: notes if this process has calls that are not seen.

void check_this_process(void);

// covered.c: whether an executable file will be measured.

// Notes if a file that a process executes cannot be measured.
void check_program(const char *path, char *const *environment, uint32_t process);

// wrapped.c: in a static program, the note of ELF by which it is known to count its calls.

#define WRAPPED_NAME "CodSpeed"

struct wrapped_note {
  uint32_t name_bytes, bytes, type;
  char name[12];
  uint64_t magic __attribute__((packed, aligned(4)));
};

// own_program.c: the file of the program that runs; empty if it cannot be read.

void own_program(char *path, size_t size);

// elf_symbols.c

// Takes a function by its name and its address as the file has it.
typedef int on_function(const char *name, uint64_t address, void *state);
// Calls `found` for each function that an ELF file defines, until it returns nonzero.
void each_defined_function(const char *path, on_function *found, void *state);
// Whether an ELF file has no table of symbols but those for the loader, and a text among its constants.
int stripped_has(const char *path, const char *text);

#endif  // RULES_MEMORY_PRELOAD_H_
