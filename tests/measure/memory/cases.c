// Does what its first argument names, each a trap for what watches an allocator from inside.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *self;

static void keep(void *block) { __asm__ volatile("" : : "g"(block) : "memory"); }
static void leak(size_t size) { keep(malloc(size)); }

static void wait_for(pid_t child) {
  int status;
  if (waitpid(child, &status, 0) != child || status) _exit(9);
}

static void forks(void) {
  void *inherited = malloc(256);
  keep(inherited);
  pid_t child = fork();
  if (child == 0) {
    free(inherited);
    void *own = malloc(512);
    keep(own);
    free(own);
    _exit(0);
  }
  wait_for(child);
  free(inherited);
}

// Without libc's handlers of fork.
static void raw_fork(void) {
  pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    leak(512);
    _exit(0);
  }
  wait_for(child);
  leak(100);
}

static void vforks(void) {
  leak(100);
  pid_t child = vfork();
  if (child == 0) {
    execl(self, self, "leak", "1000", NULL);
    _exit(9);
  }
  wait_for(child);
  child = vfork();
  if (child == 0) _exit(0);
  wait_for(child);
  leak(10);
}

static void spawns(void) {
  char *arguments[] = {self, "leak", "1000", NULL};
  pid_t child;
  if (posix_spawn(&child, self, NULL, NULL, arguments, environ)) _exit(8);
  wait_for(child);
  if (posix_spawnp(&child, self, NULL, NULL, arguments, environ)) _exit(8);
  wait_for(child);
}

static void *many(void *size) {
  for (int i = 0; i < 2000; i++) {
    void *block = malloc((size_t)(uintptr_t)size);
    keep(block);
    block = realloc(block, 2 * (size_t)(uintptr_t)size);
    keep(block);
    free(block);
  }
  return NULL;
}

static void threads(void) {
  pthread_t all[4];
  for (uintptr_t i = 0; i < 4; i++) pthread_create(&all[i], NULL, many, (void *)(i + 1));
  for (int i = 0; i < 4; i++) pthread_join(all[i], NULL);
}

static void one_thread(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, (void *(*)(void *))(void (*)(void))getpid, NULL);
  pthread_join(thread, NULL);
}

static void in_place(void) {
  char *block = malloc(100);
  keep(block);
  char *same = realloc(block, 104);
  keep(same);
  free(same);
}

static void on_signal(int number) {
  (void)number;
  void *block = malloc(64);
  keep(block);
  free(block);
}

static void signals(void) {
  signal(SIGUSR1, on_signal);
  for (int i = 0; i < 100; i++) raise(SIGUSR1);
}

static void fails(void) {
  // No event, and errno is the allocator's.
  volatile size_t huge = PTRDIFF_MAX;
  void *block = malloc(10);
  keep(block);
  errno = 0;
  if (malloc(huge) || errno != ENOMEM) _exit(1);
  if (calloc(huge, 4) || realloc(block, huge)) _exit(2);
  errno = 7;
  free(block);
  if (errno != 7) _exit(3);
  free(NULL);
}

static void failed_realloc(void) {
  volatile size_t huge = PTRDIFF_MAX;
  void *block = malloc(10);
  keep(block);
  if (realloc(block, huge)) _exit(2);
  leak(5);
  free(block);
}

static void kills(void) {
  int done[2];
  char byte;
  if (pipe(done)) _exit(1);
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 1000; i++) leak(1);
    if (write(done[1], "x", 1) == 1)
      for (;;) pause();
  }
  if (read(done[0], &byte, 1) != 1) _exit(2);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

// The C library starts the shell by itself.
static void without_preload(void) {
  unsetenv("LD_PRELOAD");
  if (system("exit 0")) _exit(1);
  FILE *shell = popen("exit 0", "r");
  if (!shell || pclose(shell)) _exit(2);
}

// A killed child leaves its id, which the next one may get; pid_max is not ours to set, so the id is
// asked for by way of ns_last_pid.
static void reuses_id(void) {
  pid_t first = fork();
  if (first == 0) {
    leak(1000);
    kill(getpid(), SIGKILL);
  }
  waitpid(first, NULL, 0);
  FILE *last = fopen("/proc/sys/kernel/ns_last_pid", "w");
  if (!last || fprintf(last, "%d", first - 1) < 0 || fclose(last)) _exit(77);
  pid_t second = fork();
  if (second == 0) {
    leak(10);
    _exit(0);
  }
  wait_for(second);
  if (second != first) _exit(78);
}

// Only read, write, sigreturn and exit are allowed.
static void under_seccomp(void) {
  leak(1);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)) _exit(1);
  for (int i = 0; i < 10; i++) leak(10);
  syscall(SYS_exit, 0);
}

// What a library that is unloaded has allocated stays, and so does the one that counts.
static void unloads(const char *path) {
  void *library = dlopen(path, RTLD_NOW);
  if (!library) _exit(1);
  void *(*allocate)(size_t) = (void *(*)(size_t))dlsym(library, "allocate_in_library");
  void *block = allocate(12345);
  dlclose(library);
  void *counting = dlopen(getenv("LD_PRELOAD"), RTLD_NOW | RTLD_NOLOAD);
  if (!counting || dlclose(counting)) _exit(2);
  dlclose(counting);  // once more than it was opened: refused
  free(block);
  leak(54321);
}

int main(int count, char **arguments) {
  self = "/proc/self/exe";
  const char *what = arguments[1];
  if (strcmp(what, "leak") == 0) leak((size_t)atol(arguments[2]));
  if (strcmp(what, "fork") == 0) forks();
  if (strcmp(what, "raw_fork") == 0) raw_fork();
  if (strcmp(what, "vfork") == 0) vforks();
  if (strcmp(what, "spawn") == 0) spawns();
  if (strcmp(what, "threads") == 0) threads();
  if (strcmp(what, "one_thread") == 0) one_thread();
  if (strcmp(what, "in_place") == 0) in_place();
  if (strcmp(what, "signals") == 0) signals();
  if (strcmp(what, "fails") == 0) fails();
  if (strcmp(what, "failed_realloc") == 0) failed_realloc();
  if (strcmp(what, "kill") == 0) kills();
  if (strcmp(what, "without_preload") == 0) without_preload();
  if (strcmp(what, "reuse") == 0) reuses_id();
  if (strcmp(what, "seccomp") == 0) under_seccomp();
  if (strcmp(what, "unload") == 0) unloads(arguments[2]);
  if (strcmp(what, "_exit") == 0) {
    leak(77);
    _exit(0);
  }
  if (strcmp(what, "exec") == 0) {
    leak(1000);
    execv(arguments[2], arguments + 2);
    return 9;
  }
  if (strcmp(what, "execveat") == 0) {
    int opened = open(arguments[2], O_RDONLY);
    return execveat(opened, arguments[3], arguments + 2, environ, AT_EMPTY_PATH);
  }
  if (strcmp(what, "bare") == 0) {
    char *none[] = {NULL};
    execve(arguments[2], arguments + 2, none);
    return 9;
  }
  return count < 2;
}
