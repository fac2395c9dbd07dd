// Files of the machine that a program gets in a fixed form when it opens them.

#ifndef RULES_KERNEL_FILES_H_
#define RULES_KERNEL_FILES_H_

#include <stddef.h>
#include <stdint.h>

#define LOADER_CACHE (1 << 20)  // bytes
#define MOST_FILES 64

struct fixed_file {
  const char *path;
  const char *content;  // NULL: there is none
  size_t size;
  int (*make)(int to);  // instead of a content: writes it; returns whether it could
};

// files.c
extern const struct fixed_file fixed_files[];
extern const size_t fixed_file_count;

// loader_cache.c
int make_loader_cache(int to);

#endif  // RULES_KERNEL_FILES_H_
