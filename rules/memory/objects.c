// The files that this process has code of, as the loader knows them.

#define _GNU_SOURCE
#include <limits.h>
#include <link.h>
#include <stdlib.h>

#include "stacks.h"

#define MOST_OBJECTS 1024

static struct object all[MOST_OBJECTS];
static _Atomic int is_ready[MOST_OBJECTS];
static _Atomic uint32_t count;

static const struct object *known(uintptr_t address) {
  uint32_t end = atomic_load(&count);
  for (uint32_t i = 0; i < end && i < MOST_OBJECTS; i++)
    if (atomic_load(&is_ready[i]) && address >= all[i].first && address < all[i].last) return &all[i];
  return NULL;
}

static void add(const struct dl_phdr_info *info, const ElfW(Phdr) * code, const uint8_t *table) {
  uint32_t number = atomic_fetch_add(&count, 1);
  if (number >= MOST_OBJECTS) return;
  struct object *object = &all[number];
  char program[PATH_MAX];
  const char *path = info->dlpi_name;
  if (path[0] == 0) {
    own_program(program, sizeof program);
    path = program;
  }
  object->base = info->dlpi_addr;
  object->first = info->dlpi_addr + code->p_vaddr;
  object->last = object->first + code->p_memsz;
  object->unwind_table = table;
  object->place = place_of(path);
  object->is_own = (uintptr_t)add >= object->first && (uintptr_t)add < object->last;
  atomic_store(&is_ready[number], 1);
}

static int look_in(struct dl_phdr_info *info, size_t size, void *state) {
  (void)size;
  uintptr_t address = *(const uintptr_t *)state;
  const uint8_t *table = NULL;
  const ElfW(Phdr) *code = NULL;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *one = &info->dlpi_phdr[i];
    if (one->p_type == PT_GNU_EH_FRAME) table = (const uint8_t *)(info->dlpi_addr + one->p_vaddr);
    if (one->p_type == PT_LOAD && one->p_flags & PF_X &&
        address - info->dlpi_addr - one->p_vaddr < one->p_memsz)
      code = one;
  }
  if (code) add(info, code, table);
  return code != NULL;
}

const struct object *object_of(uintptr_t address) {
  const struct object *found = known(address);
  if (found) return found;
  dl_iterate_phdr(look_in, &address);
  return known(address);
}
