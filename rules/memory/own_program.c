// The file of the program that this process runs: its loader's, where that was started with it.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload.h"

static int on_first(struct dl_phdr_info *info, size_t size, void *state) {
  (void)size;
  *(uintptr_t *)state = (uintptr_t)info->dlpi_phdr;
  return 1;
}

// Returns the path at the end of a line, if the mapping has an address; NULL if not.
static const char *path_of(const char *line, uintptr_t address) {
  char *end;
  uintptr_t first = strtoull(line, &end, 16);
  if (*end != '-' || address < first || address >= strtoull(end + 1, NULL, 16)) return NULL;
  return strchr(line, '/');
}

void own_program(char *path, size_t size) {
  uintptr_t headers = 0;
  dl_iterate_phdr(on_first, &headers);
  char text[8192];
  size_t kept = 0;
  int before = errno, file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  path[0] = 0;
  for (ssize_t count; file >= 0 && path[0] == 0;) {
    count = read(file, text + kept, sizeof text - 1 - kept);
    if (count <= 0) break;
    text[kept + (size_t)count] = 0;
    char *line = text;
    for (char *end; path[0] == 0 && (end = strchr(line, '\n')); line = end + 1) {
      *end = 0;
      const char *found = path_of(line, headers);
      if (found && strlen(found) < size) strcpy(path, found);
    }
    kept = strlen(line);
    memmove(text, line, kept);
  }
  if (file >= 0) close(file);
  errno = before;
}
