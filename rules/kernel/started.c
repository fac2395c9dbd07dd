// Which programs were started, or were to be: an error about helper processes names them.
//
// The machine's kernel starts them; whether it could is not known here.

#include <string.h>

#include "kernel.h"

#define MOST_ARGUMENTS 16
#define LONGEST 256  // bytes of a path or an argument
#define RECORD (sizeof(struct start) + (MOST_ARGUMENTS + 1) * LONGEST)

struct start {
  int32_t process;
  uint32_t size;  // of the texts that follow: the path, and the arguments with that of the name
};

static char started[1 << 16];
static size_t used;

void reset_started(void) { used = 0; }

// Adds a text with its end, or the beginning of a longer one. Returns its size.
static size_t add(const struct request *request, uint64_t address, char *to) {
  memset(to, 0, LONGEST);
  read_text(request, address, to, LONGEST - 1);
  return strlen(to) + 1;
}

static long note(const struct request *request, uint64_t path, uint64_t arguments) {
  if (used + RECORD > sizeof started) return BY_MACHINE;
  struct start start = {process_of(request->thread), 0};
  char *texts = started + used + sizeof start;
  start.size = add(request, path, texts);
  for (int i = 0; i < MOST_ARGUMENTS; ++i) {
    uint64_t argument = 0;
    if (read_memory(request, arguments + sizeof argument * i, &argument, sizeof argument)) break;
    if (!argument) break;
    start.size += add(request, argument, texts + start.size);
  }
  memcpy(started + used, &start, sizeof start);
  used += sizeof start + start.size;
  return BY_MACHINE;
}

long on_execve(struct request *request) {
  return note(request, request->args[0], request->args[1]);
}

long on_execveat(struct request *request) {
  return note(request, request->args[1], request->args[2]);
}

// Returns what the last run started, in order: `struct start`, each followed by its texts.
EXPORTED const char *fixed_kernel_started(size_t *size) {
  *size = used;
  return started;
}
