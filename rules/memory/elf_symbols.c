// What an ELF file of this processor has: the functions that it defines, by name, and where these are
// stripped its constants (System V ABI, chapter 4).

#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "preload.h"

static int within(size_t size, uint64_t offset, uint64_t bytes) {
  return offset <= size && bytes <= size - offset;
}

static int of_table(const char *file, size_t size, const Elf64_Shdr *table, const Elf64_Shdr *names,
                    on_function *found, void *state) {
  if (!within(size, table->sh_offset, table->sh_size)) return 0;
  if (!within(size, names->sh_offset, names->sh_size) || names->sh_size == 0) return 0;
  const Elf64_Sym *symbols = (const Elf64_Sym *)(file + table->sh_offset);
  const char *texts = file + names->sh_offset;
  if (texts[names->sh_size - 1] != 0) return 0;
  for (size_t i = 0; i < table->sh_size / sizeof *symbols; i++) {
    const Elf64_Sym *one = &symbols[i];
    if (ELF64_ST_TYPE(one->st_info) != STT_FUNC || one->st_shndx == SHN_UNDEF) continue;
    if (one->st_name < names->sh_size && found(texts + one->st_name, one->st_value, state)) return 1;
  }
  return 0;
}

// Returns the sections of a file; `count` is 0 where it has none that can be read.
static const Elf64_Shdr *sections_of(const char *file, size_t size, unsigned *count) {
  const Elf64_Ehdr *head = (const Elf64_Ehdr *)file;
  *count = 0;
  if (size < sizeof *head || head->e_ident[EI_CLASS] != ELFCLASS64) return NULL;
  if (head->e_shentsize != sizeof(Elf64_Shdr)) return NULL;
  if (!within(size, head->e_shoff, (uint64_t)head->e_shnum * sizeof(Elf64_Shdr))) return NULL;
  *count = head->e_shnum;
  return (const Elf64_Shdr *)(file + head->e_shoff);
}

// Maps a file; returns NULL where that fails. errno is kept.
static const char *mapped(const char *path, size_t *size) {
  int before = errno, file = open(path, O_RDONLY | O_CLOEXEC);
  off_t bytes = file < 0 ? 0 : lseek(file, 0, SEEK_END);
  void *memory = MAP_FAILED;
  if (bytes > 0) memory = mmap(NULL, (size_t)bytes, PROT_READ, MAP_PRIVATE, file, 0);
  if (file >= 0) close(file);
  errno = before;
  *size = (size_t)bytes;
  return memory == MAP_FAILED ? NULL : memory;
}

void each_defined_function(const char *path, on_function *found, void *state) {
  size_t size;
  unsigned count;
  const char *file = mapped(path, &size);
  if (file == NULL) return;
  const Elf64_Shdr *sections = sections_of(file, size, &count);
  for (unsigned i = 0; i < count; i++) {
    const Elf64_Shdr *one = &sections[i];
    if ((one->sh_type == SHT_SYMTAB || one->sh_type == SHT_DYNSYM) && one->sh_link < count)
      if (of_table(file, size, one, &sections[one->sh_link], found, state)) break;
  }
  munmap((void *)file, size);
}

// Constants of programs are in sections that are neither written nor executed.
static int has_constants(const Elf64_Shdr *section, size_t size) {
  return section->sh_type == SHT_PROGBITS && section->sh_flags & SHF_ALLOC &&
         !(section->sh_flags & (SHF_WRITE | SHF_EXECINSTR)) &&
         within(size, section->sh_offset, section->sh_size);
}

static int is_stripped(const Elf64_Shdr *sections, unsigned count) {
  for (unsigned i = 0; i < count; i++)
    if (sections[i].sh_type == SHT_SYMTAB) return 0;
  return 1;
}

int stripped_has(const char *path, const char *text) {
  size_t size;
  unsigned count;
  int has = 0;
  const char *file = mapped(path, &size);
  if (file == NULL) return 0;
  const Elf64_Shdr *sections = sections_of(file, size, &count);
  for (unsigned i = 0; i < count && !has && is_stripped(sections, count); i++)
    if (has_constants(&sections[i], size))
      has = memmem(file + sections[i].sh_offset, sections[i].sh_size, text, strlen(text)) != NULL;
  munmap((void *)file, size);
  return has;
}
