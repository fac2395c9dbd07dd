// Programs that cannot be measured from inside, so that they are reported and never counted as nothing.

#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preload.h"

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static void check_environment(const char *path, char *const *environment, uint32_t process) {
  int preloads = 0, channel = 0;
  for (; environment && *environment; environment++) {
    if (strncmp(*environment, "LD_PRELOAD=", 11) == 0)
      preloads = strstr(*environment, LIBRARY_NAME) != NULL;
    if (strncmp(*environment, CHANNEL_VARIABLE "=", sizeof CHANNEL_VARIABLE) == 0) channel = 1;
  }
  if (!preloads || !channel)
    leave_note(REASON_BARE, process, path, preloads ? CHANNEL_VARIABLE : "LD_PRELOAD");
}

static int is_named_loader(const char *path) {
  const char *name = base_name(path);
  return strncmp(name, "ld-", 3) == 0 || strncmp(name, "ld.so", 5) == 0;
}

// Whether a dynamic section is that of a program: a static one that may lie at any address has one.
static int is_of_program(int file, const Elf64_Phdr *section) {
  Elf64_Dyn one;
  for (uint64_t at = 0; at + sizeof one <= section->p_filesz; at += sizeof one) {
    if (pread(file, &one, sizeof one, (off_t)(section->p_offset + at)) != sizeof one) break;
    if (one.d_tag == DT_NULL) break;
    if (one.d_tag == DT_FLAGS_1) return (one.d_un.d_val & DF_1_PIE) != 0;
  }
  return 0;
}

// Returns why the notes of ELF in a segment decide about a program: REASON_GO, -1 if wrapped.c is linked
// into it, else 0.
static int reason_of_notes(int file, const Elf64_Phdr *segment) {
  struct wrapped_note one;
  for (uint64_t at = 0; at + 16 <= segment->p_filesz;) {
    if (pread(file, &one, sizeof one, (off_t)(segment->p_offset + at)) < 16) break;
    if (one.magic == CHANNEL_MAGIC && memcmp(one.name, WRAPPED_NAME, sizeof WRAPPED_NAME) == 0) return -1;
    if (one.name_bytes == 4 && memcmp(one.name, "Go", 3) == 0) return REASON_GO;
    at += 12 + ((one.name_bytes + 3u) & ~3u) + ((one.bytes + 3u) & ~3u);
  }
  return 0;
}

// Returns why nothing is preloaded into a file: no loader runs it; 0 if one does, if it is one, or
// if it is a program that counts by itself. A loader is a library that no other loader runs.
static int reason_of(const char *path, const char *head, ssize_t size, int file) {
  const Elf64_Ehdr *elf = (const Elf64_Ehdr *)head;
  if (size < (ssize_t)sizeof *elf || memcmp(head, ELFMAG, SELFMAG) != 0) return 0;
  // A library of 64 bits is not loaded into others.
  if (elf->e_ident[EI_CLASS] != ELFCLASS64) return REASON_STATIC;
  int is_program = elf->e_type != ET_DYN, reason = REASON_STATIC;
  for (unsigned i = 0; i < elf->e_phnum; i++) {
    Elf64_Phdr one;
    off_t at = (off_t)(elf->e_phoff + (uint64_t)i * elf->e_phentsize);
    if (pread(file, &one, sizeof one, at) != sizeof one) return 0;
    if (one.p_type == PT_INTERP) return 0;
    int of_notes = one.p_type == PT_NOTE ? reason_of_notes(file, &one) : 0;
    if (of_notes < 0) return 0;
    if (of_notes) reason = of_notes;
    if (one.p_type == PT_DYNAMIC && is_of_program(file, &one)) is_program = 1;
  }
  return is_program || !is_named_loader(path) ? reason : 0;
}

static void check_file(const char *path, char *const *environment, uint32_t process, int depth) {
  char head[256];
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t size = file < 0 ? -1 : pread(file, head, sizeof head - 1, 0);
  struct stat facts;
  int reason;
  if (size >= 0 && fstat(file, &facts) == 0 && (facts.st_mode & (S_ISUID | S_ISGID)))
    leave_note(REASON_PRIVILEGED, process, path, "setuid");
  if (size > 2 && head[0] == '#' && head[1] == '!' && depth < 4) {
    head[size] = 0;
    char *interpreter = head + 2 + strspn(head + 2, " \t");
    interpreter[strcspn(interpreter, " \t\n")] = 0;
    check_file(interpreter, environment, process, depth + 1);
  } else if (size >= 0 && (reason = reason_of(path, head, size, file)) != 0) {
    leave_note((enum reason)reason, process, path, "");
  } else if (size >= 0) {
    // Also of what interprets a script: it gets the script's environment.
    check_environment(path, environment, process);
  }
  if (file >= 0) close(file);
}

void check_program(const char *path, char *const *environment, uint32_t process) {
  if (attached() == NULL) return;
  int before = errno;
  if (access(path, X_OK) == 0) check_file(path, environment, process, 0);
  errno = before;
}
