// The life of processes: a program begins, is replaced by another one, and ends.

#define _GNU_SOURCE
#include "names.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload.h"

extern char **environ;

typedef int execve_function(const char *, char *const *, char *const *);
typedef int spawn_function(pid_t *, const char *, const posix_spawn_file_actions_t *,
                           const posix_spawnattr_t *, char *const *, char *const *);

// Looked up at once: a child of vfork must not.
static execve_function *real_execve, *real_execvpe;
static int (*real_fexecve)(int, char *const *, char *const *);
static int (*real_execveat)(int, const char *, char *const *, char *const *, int);
static spawn_function *real_spawn, *real_spawnp;
static void (*real_exit)(int);
static int (*real_system)(const char *);
static FILE *(*real_popen)(const char *, const char *);

static void find_functions(void) {
  real_execve = (execve_function *)NEEDED(execve);
  real_execvpe = (execve_function *)NEEDED(execvpe);
  *(void **)&real_fexecve = NEEDED(fexecve);
  *(void **)&real_execveat = NEXT(execveat);
  *(void **)&real_spawn = NEEDED(posix_spawn);
  *(void **)&real_spawnp = NEEDED(posix_spawnp);
  *(void **)&real_exit = NEEDED(_exit);
  *(void **)&real_system = NEEDED(system);
  *(void **)&real_popen = NEEDED(popen);
}

__attribute__((constructor)) static void program_begins(void) {
  find_functions();
  if (attached() == NULL) return;
  atomic_fetch_add(&attached()->programs, 1);
  // Constructors of other libraries may have allocated before.
  emit(KIND_IMAGE, NULL, 0, NULL);
  check_this_process();
#ifndef MEMORY_WRAPPED
  find_python();
  find_regions();
#endif
}

__attribute__((destructor)) static void program_ends(void) { emit(KIND_EXIT, NULL, 0, NULL); }

// Not as process_id(): a child of vfork is in the memory of its parent.
static uint32_t own_process(void) { return (uint32_t)syscall(SYS_getpid); }

static void end(int status) {
  // A child of vfork ends, not the process whose memory it is in.
  if (own_process() == process_id()) emit(KIND_EXIT, NULL, 0, NULL);
  if (real_exit) real_exit(status);
  for (;;) syscall(SYS_exit_group, status);
}

EXPORT void _exit(int status) {
  end(status);
  __builtin_unreachable();
}

EXPORT void _Exit(int status) {
  end(status);
  __builtin_unreachable();
}

// Checks the file that a search of PATH finds, as execvp does.
static void check_searched(const char *name, char *const *environment, uint32_t process) {
  if (strchr(name, '/')) return check_program(name, environment, process);
  const char *folders = getenv("PATH");
  if (folders == NULL) folders = "/bin:/usr/bin";
  char path[PATH_MAX];
  while (*folders) {
    size_t length = strcspn(folders, ":");
    if (length + strlen(name) + 2 < sizeof path) {
      memcpy(path, folders, length);
      strcpy(path + length, length ? "/" : "");
      strcat(path, name);
      if (access(path, X_OK) == 0) return check_program(path, environment, process);
    }
    folders += length + (folders[length] == ':');
  }
}

EXPORT int execve(const char *path, char *const arguments[], char *const environment[]) {
  check_program(path, environment, own_process());
  return real_execve(path, arguments, environment);
}

EXPORT int execv(const char *path, char *const arguments[]) {
  return execve(path, arguments, environ);
}

EXPORT int execvpe(const char *name, char *const arguments[], char *const environment[]) {
  check_searched(name, environment, own_process());
  return real_execvpe(name, arguments, environment);
}

EXPORT int execvp(const char *name, char *const arguments[]) {
  return execvpe(name, arguments, environ);
}

// Checks a file below an open folder, or the open file itself, as execveat finds it.
static void check_opened(int opened, const char *name, char *const *environment) {
  if (name[0] == '/' || opened == AT_FDCWD) return check_program(name, environment, own_process());
  const char prefix[] = "/proc/self/fd/";
  char number[12], path[PATH_MAX];
  char *digit = number + sizeof number - 1;
  *digit = 0;
  do *--digit = (char)('0' + opened % 10);
  while ((opened /= 10) > 0);
  if (sizeof prefix + sizeof number + strlen(name) >= sizeof path) return;
  strcpy(path, prefix);
  strcat(path, digit);
  if (name[0]) strcat(strcat(path, "/"), name);
  check_program(path, environment, own_process());
}

EXPORT int fexecve(int file, char *const arguments[], char *const environment[]) {
  if (file >= 0) check_opened(file, "", environment);
  return real_fexecve(file, arguments, environment);
}

EXPORT int execveat(int folder, const char *path, char *const arguments[],
                    char *const environment[], int flags) {
  if (folder >= 0 || folder == AT_FDCWD || path[0] == '/') check_opened(folder, path, environment);
  if (real_execveat == NULL)
    return (int)syscall(SYS_execveat, folder, path, arguments, environment, flags);
  return real_execveat(folder, path, arguments, environment, flags);
}

EXPORT int posix_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const arguments[],
                       char *const environment[]) {
  pid_t started;
  int status = real_spawn(&started, path, actions, attributes, arguments, environment);
  if (status) return status;
  check_program(path, environment, (uint32_t)started);
  if (child) *child = started;
  return 0;
}

EXPORT int posix_spawnp(pid_t *child, const char *name, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const arguments[],
                        char *const environment[]) {
  pid_t started;
  int status = real_spawnp(&started, name, actions, attributes, arguments, environment);
  if (status) return status;
  check_searched(name, environment, (uint32_t)started);
  if (child) *child = started;
  return 0;
}

// These start the shell by functions inside the C library.

EXPORT int system(const char *command) {
  if (command) check_program("/bin/sh", environ, own_process());
  return real_system(command);
}

EXPORT FILE *popen(const char *command, const char *type) {
  check_program("/bin/sh", environ, own_process());
  return real_popen(command, type);
}

// Collects the arguments of a list that NULL ends, on the stack of its caller.
#define COLLECT(first, list)                                              \
  int count = 1;                                                          \
  va_start(list, first);                                                  \
  while (va_arg(list, char *)) count++;                                   \
  va_end(list);                                                           \
  char *arguments[count + 1];                                             \
  arguments[0] = (char *)first;                                           \
  va_start(list, first);                                                  \
  for (int i = 1; i <= count; i++) arguments[i] = va_arg(list, char *)

EXPORT int execl(const char *path, const char *first, ...) {
  va_list list;
  COLLECT(first, list);
  va_end(list);
  return execve(path, arguments, environ);
}

EXPORT int execlp(const char *name, const char *first, ...) {
  va_list list;
  COLLECT(first, list);
  va_end(list);
  return execvpe(name, arguments, environ);
}

EXPORT int execle(const char *path, const char *first, ...) {
  va_list list;
  COLLECT(first, list);
  char *const *environment = va_arg(list, char *const *);
  va_end(list);
  return execve(path, arguments, environment);
}
