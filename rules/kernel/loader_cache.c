// The dynamic loader's cache without what the loader finds by itself.
//
// The machine's lists all of its libraries. How long a search in it takes depends on each, and its
// size moves what is mapped after it. So the loader gets one of a fixed size, without the entries of
// the folder of the libc, which it searches anyway. Those of other folders stay.
//
// Format: glibc's sysdeps/generic/dl-cache.h, since version 2.32 without an older one before it.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"

#define MAGIC "glibc-ld.so.cache1.1"
#define LIBC "libc.so.6"
#define MOST (1 << 26)  // bytes that are read
#define MOST_LIBCS 8  // one for each kind of program
#define LITTLE_ENDIAN_CACHE 2

struct header {
  char magic[sizeof MAGIC - 1];
  uint32_t count, string_bytes;
  uint8_t flags, padding[3];  // the first states the byte order
  uint32_t extensions, unused[3];
};

struct entry {
  uint32_t kind;  // of programs that can load it
  uint32_t name, path;
  uint32_t system;
  uint64_t processor;  // 0, or what a processor must have: for none that is measured
};

struct cache {
  const char *text;  // the whole file, with a zero after it
  size_t size;
  const struct entry *entries;
  uint32_t count;
};

static const char *text_at(const struct cache *cache, uint32_t offset) {
  return cache->text + (offset < cache->size ? offset : cache->size);
}

static size_t folder_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (size_t)(slash - path) : 0;
}

static int in_same_folder(const char *a, const char *b) {
  size_t length = folder_length(a);
  return length == folder_length(b) && !memcmp(a, b, length);
}

// Whether two entries are equal to the loader: of some such it takes the first.
static int alike(const struct cache *cache, const struct entry *a, const struct entry *b) {
  return a->kind == b->kind && !strcmp(text_at(cache, a->name), text_at(cache, b->name));
}

static int is_alone(const struct cache *cache, uint32_t i) {
  const struct entry *entry = cache->entries + i;
  return !(i && alike(cache, entry, entry - 1)) &&
         !(i + 1 < cache->count && alike(cache, entry, entry + 1));
}

// Adds a text to the end of a file that is being made; returns its offset, or 0 if it is full.
static uint32_t add(char *made, size_t *end, const char *text) {
  size_t length = strlen(text) + 1, at = *end;
  if (length > LOADER_CACHE - at) return 0;
  memcpy(made + at, text, length);
  *end = at + length;
  return (uint32_t)at;
}

// Fills `made`, of LOADER_CACHE zeros; returns whether it could.
static int trim(const struct cache *cache, char *made) {
  const struct entry *libcs[MOST_LIBCS], *end = cache->entries + cache->count;
  struct header *header = (struct header *)made;
  struct entry *to = (struct entry *)(header + 1);
  int libc_count = 0;
  for (const struct entry *one = cache->entries; one < end; ++one)
    if (libc_count < MOST_LIBCS && !strcmp(text_at(cache, one->name), LIBC)) libcs[libc_count++] = one;
  uint32_t kept = 0;
  for (const struct entry *one = cache->entries; one < end; ++one) {
    int found = one->processor != 0;
    for (int i = 0; i < libc_count && !found; ++i)
      found = one->kind == libcs[i]->kind &&
              in_same_folder(text_at(cache, one->path), text_at(cache, libcs[i]->path)) &&
              is_alone(cache, (uint32_t)(one - cache->entries));
    if (!found && (char *)(to + kept + 1) < made + LOADER_CACHE) to[kept++] = *one;
  }
  size_t strings = (size_t)((char *)(to + kept) - made), size = strings;
  for (uint32_t i = 0; i < kept; ++i) {
    to[i].name = add(made, &size, text_at(cache, to[i].name));
    to[i].path = add(made, &size, text_at(cache, to[i].path));
    if (!to[i].name || !to[i].path) return 0;
  }
  memcpy(header->magic, MAGIC, sizeof header->magic);
  header->count = kept;
  header->string_bytes = (uint32_t)(size - strings);
  header->flags = LITTLE_ENDIAN_CACHE;
  return 1;
}

// Returns the machine's cache with a zero after it; without content where there is none that fits.
static char *machines(size_t *size) {
  struct stat found;
  int from = open("/etc/ld.so.cache", O_RDONLY | O_CLOEXEC);
  *size = from >= 0 && !fstat(from, &found) && found.st_size < MOST ? (size_t)found.st_size : 0;
  char *text = calloc(1, *size + 1);
  if (!text) abort();
  if (*size && read(from, text, *size) != (ssize_t)*size) *size = 0;
  if (from >= 0) close(from);
  return text;
}

int make_loader_cache(int to) {
  size_t size;
  char *text = machines(&size), *made = calloc(1, LOADER_CACHE);
  if (!made) abort();
  const struct header *header = (const struct header *)text;
  struct cache cache = {text, size, (const struct entry *)(header + 1), 0};
  int known = size > sizeof *header && !memcmp(header->magic, MAGIC, sizeof header->magic) &&
              header->count <= (size - sizeof *header) / sizeof *cache.entries;
  if (known) cache.count = header->count;
  int good = (known || !size) && trim(&cache, made);
  if (!good && size <= LOADER_CACHE) {  // of another format: only the size is fixed
    memset(made, 0, LOADER_CACHE);
    memcpy(made, text, size);
    good = 1;
  }
  good = good && write(to, made, LOADER_CACHE) == LOADER_CACHE;
  free(text);
  free(made);
  return good;
}
