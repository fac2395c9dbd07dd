// Names of the functions that an ELF file of this processor defines (System V ABI, chapter 4).

#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
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

static void in_file(const char *file, size_t size, on_function *found, void *state) {
  const Elf64_Ehdr *head = (const Elf64_Ehdr *)file;
  if (size < sizeof *head || head->e_ident[EI_CLASS] != ELFCLASS64) return;
  if (head->e_shentsize != sizeof(Elf64_Shdr)) return;
  if (!within(size, head->e_shoff, (uint64_t)head->e_shnum * sizeof(Elf64_Shdr))) return;
  const Elf64_Shdr *sections = (const Elf64_Shdr *)(file + head->e_shoff);
  for (unsigned i = 0; i < head->e_shnum; i++) {
    const Elf64_Shdr *one = &sections[i];
    if ((one->sh_type == SHT_SYMTAB || one->sh_type == SHT_DYNSYM) && one->sh_link < head->e_shnum)
      if (of_table(file, size, one, &sections[one->sh_link], found, state)) return;
  }
}

void each_defined_function(const char *path, on_function *found, void *state) {
  int before = errno, file = open(path, O_RDONLY | O_CLOEXEC);
  off_t size = file < 0 ? 0 : lseek(file, 0, SEEK_END);
  if (size > 0) {
    void *memory = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, file, 0);
    if (memory != MAP_FAILED) {
      in_file(memory, (size_t)size, found, state);
      munmap(memory, (size_t)size);
    }
  }
  if (file >= 0) close(file);
  errno = before;
}
