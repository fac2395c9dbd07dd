// A benchmark program that does what its arguments say, in order.
//
// With google_benchmark's --benchmark_list_tests and --benchmark_filter= it has
// two benchmarks, pkg/b.c::one and pkg/b.c::two[8/64]; with --blanks a third, whose name ends with a
// blank. --banner prints a line before the list.

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <regex.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core.h"
#include "leave.h"

static InstrumentHooks *hooks;

static void begin(void) {
  if (hooks) return;
  hooks = instrument_hooks_init();
  instrument_hooks_set_integration(hooks, "codspeed-cpp", "2.3.0");
}

static __attribute__((noinline)) long work(int rounds) {
  char *text = malloc(5000), *copy = malloc(5000);
  long sum = 0;
  for (int i = 0; i < rounds; ++i) {
    memset(text, 'a' + i % 20, 4999);
    memcpy(copy, text, 5000);
    sum += strlen(copy) + memcmp(text, copy, 5000);
  }
  free(text);
  free(copy);
  return sum;
}

static void measure(const char *uri, int rounds) {
  begin();
  instrument_hooks_start_benchmark_inline(hooks);
  volatile long result = work(rounds);
  (void)result;
  instrument_hooks_stop_benchmark_inline(hooks);
  instrument_hooks_set_executed_benchmark(hooks, getpid(), uri);
}

static void *thread(void *rounds) { return (void *)work((int)(long)rounds); }

static void measure_threads(void) {
  begin();
  pthread_t threads[4];
  instrument_hooks_start_benchmark_inline(hooks);
  for (long i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, thread, (void *)(i + 1));
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  instrument_hooks_stop_benchmark_inline(hooks);
  instrument_hooks_set_executed_benchmark(hooks, getpid(), "pkg/b.c::threads");
}

static unsigned long mix(unsigned long sum, const void *data, size_t size) {
  for (size_t i = 0; i < size; ++i) sum = (sum ^ ((const unsigned char *)data)[i]) * 1099511628211u;
  return sum;
}

static unsigned long mix_file(unsigned long sum, struct stat *file) {
  file->st_dev = 0;  // which folders lie on one disk shows
  return mix(sum, file, sizeof *file);
}

// Returns how much to do, by all that a program can ask about the machine.
static int machine_rounds(void) {
  const char *paths[] = {"/tmp", ".", "/", "/proc/self/fd", "/usr/bin/env", getenv("TMPDIR")};
  struct stat found;
  struct utsname name;
  struct sysinfo info;
  unsigned long sum = 0;
  for (int i = 0; i < 6; ++i)
    if (!stat(paths[i], &found)) sum = mix_file(sum, &found);
  if (!fstat(1, &found)) sum = mix_file(sum, &found);
  DIR *folder = opendir("/etc");
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    sum = mix(sum, entry->d_name, strlen(entry->d_name));
    sum = mix(sum, &entry->d_ino, sizeof entry->d_ino);
  }
  if (folder) closedir(folder);
  memset(&name, 0, sizeof name);
  if (!uname(&name)) sum = mix(sum, &name, sizeof name);
  memset(&info, 0, sizeof info);
  if (!sysinfo(&info)) sum = mix(sum, &info, sizeof info);
  long numbers[] = {getuid(), getegid(), getgroups(0, NULL), sysconf(_SC_NPROCESSORS_ONLN)};
  return 1 + mix(sum, numbers, sizeof numbers) % 97;
}

// Returns how much to do, by the machine's files that libraries read.
static int file_rounds(void) {
  const char *paths[] = {"/etc/hosts",         "/etc/inputrc",         "/etc/ld.so.preload",
                         "/etc/localtime",     "/etc/nsswitch.conf",   "/etc/passwd",
                         "/etc/machine-id",    "/lib/terminfo/d/dumb", "/usr/share/zoneinfo/UTC",
                         "/proc/sys/kernel/version"};
  unsigned long sum = 0;
  for (size_t i = 0; i < sizeof paths / sizeof *paths; ++i) {
    char content[4096];
    int file = open(paths[i], O_RDONLY);
    ssize_t size = file < 0 ? snprintf(content, sizeof content, "%d", errno)
                            : read(file, content, sizeof content);
    sum = mix(sum, content, size);
    if (file >= 0) close(file);
  }
  // The loader searches for it in its cache.
  if (!dlopen("libresolv.so.2", RTLD_NOW)) exit(6);
  struct passwd *user = getpwuid(getuid());
  if (user) sum = mix(sum, user->pw_dir, strlen(user->pw_dir));
  time_t start = 0;
  sum = mix(sum, localtime(&start)->tm_zone, 3);
  return 1 + sum % 97;
}

static void *wait_forever(void *mutex) {
  pthread_mutex_lock(mutex);
  return NULL;
}

static void write_profile(const char *name, const char *content) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", getenv("CODSPEED_PROFILE_FOLDER"), name);
  FILE *file = fopen(path, "w");
  fputs(content, file);
  fclose(file);
}

// An instruction of an extension that Valgrind does not know: AVX-512, SVE.
static __attribute__((noinline)) void use_extension(void) {
#if defined(__x86_64__)
  __asm__ volatile(".byte 0x62, 0xf1, 0x6d, 0x48, 0xfe, 0xd9");
#else
  __asm__ volatile(".inst 0x04a0e3e0");
#endif
}

// Callgrind counts on signals that interrupt each other no more than ten deep.
static void on_signal(int number) {
  static int depth;
  if (++depth < 30) raise(number);
}

static void nest_signals(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
}

// As criterion does: starts a command, with one argument, that may not be there.
static void start(char *command) {
  char *argument = strchr(command, ' ');
  if (argument) *argument++ = 0;
  char *arguments[] = {command, argument, NULL};
  pid_t child;
  if (posix_spawnp(&child, command, NULL, NULL, arguments, environ) == 0) waitpid(child, NULL, 0);
}

static int registered(int argc, char **argv) {
  static const char *names[] = {"pkg/b.c::one", "pkg/b.c::two[8/64]", "pkg/b.c::one "};
  int listing = 0, found = 0, count = 2, banner = 0;
  const char *filter = NULL;
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "--benchmark_list_tests") == 0) listing = 1;
    if (strncmp(argv[i], "--benchmark_filter=", 19) == 0) filter = argv[i] + 19;
    if (strcmp(argv[i], "--blanks") == 0) count = 3;
    if (strcmp(argv[i], "--banner") == 0) banner = 1;
  }
  if (!listing && !filter) return 0;
  if (listing) fputs("***WARNING*** CPU scaling is enabled\n", stderr);
  if (listing && banner) puts("program 1.0, 2 benchmarks");
  for (int i = 0; i < count; ++i) {
    if (listing) {
      puts(names[i]);
      continue;
    }
    regex_t wanted;
    if (regcomp(&wanted, filter, REG_EXTENDED)) exit(9);
    if (regexec(&wanted, names[i], 0, NULL, 0) == 0) measure(names[i], ++found * 3);
    regfree(&wanted);
  }
  return 1;
}

int main(int argc, char **argv) {
  if (registered(argc, argv)) return 0;
  for (int i = 1; i < argc; ++i) {
    const char *what = argv[i];
    fprintf(stderr, "about to: %s\n", what);
    if (strcmp(what, "measure") == 0) measure("pkg/b.c::work", 5);
    if (strncmp(what, "measure:", 8) == 0) measure(what + 8, 1);
    if (strncmp(what, "print:", 6) == 0) puts(what + 6);
    if (strncmp(what, "leave:", 6) == 0) leave(argv[0], what + 6);
    if (strcmp(what, "measure-again") == 0) measure("pkg/b.c::again", 7);
    if (strcmp(what, "measure-stage-path") == 0) {
      char uri[4096];
      snprintf(uri, sizeof uri, "%s/pkg/b.c::staged", getenv("BUILD_WORKSPACE_DIRECTORY"));
      measure(uri, 1);
    }
    if (strcmp(what, "measure-random") == 0) {
      unsigned char rounds;
      if (getrandom(&rounds, 1, 0) != 1) return 6;
      measure("pkg/b.c::random", 1 + rounds);
    }
    if (strcmp(what, "measure-clock") == 0) {
      struct timespec now;
      clock_gettime(CLOCK_MONOTONIC, &now);
      measure("pkg/b.c::clock", 1 + (now.tv_nsec >> 8) % 4096);
    }
    if (strcmp(what, "measure-machine") == 0) measure("pkg/b.c::machine", machine_rounds());
    if (strcmp(what, "machine") == 0 && work(machine_rounds()) == 0) return 6;
    if (strcmp(what, "files") == 0 && work(file_rounds()) == 0) return 6;
    if (strncmp(what, "work=", 5) == 0 && work(atoi(what + 5)) == 0) return 6;
    if (strncmp(what, "measure-rounds=", 15) == 0) measure("pkg/b.c::rounds", atoi(what + 15));
    if (strcmp(what, "measure-newline") == 0) measure("pkg/b.c::two\nlines", 1);
    if (strcmp(what, "threads") == 0) measure_threads();
    if (strcmp(what, "fork") == 0) {
      if (fork() == 0) {
        measure("pkg/b.c::child", 2);
        exit(0);
      }
      wait(NULL);
    }
    if (strcmp(what, "fork-plain") == 0) {
      if (fork() == 0) exit(0);
      wait(NULL);
    }
    if (strcmp(what, "exec") == 0) {
      if (fork() == 0) {
        execl(argv[0], argv[0], "measure-again", NULL);
        _exit(9);
      }
      wait(NULL);
    }
    if (strcmp(what, "fail") == 0) return 3;
    if (strcmp(what, "fail-measured") == 0 && getenv("CODSPEED_ENV")) return 4;
    if (strcmp(what, "leave-file") == 0) {
      FILE *file = fopen("left", "wx");
      if (!file) return 5;
      fclose(file);
    }
    if (strcmp(what, "unknown-call") == 0) syscall(9999);
    if (strcmp(what, "use-extension") == 0) use_extension();
    if (strcmp(what, "trap") == 0) __builtin_trap();
    if (strcmp(what, "nest-signals") == 0) nest_signals();
    if (strncmp(what, "start:", 6) == 0) start(argv[i] + 6);
    if (strcmp(what, "crash") == 0) *(volatile int *)8 = 1;
    if (strcmp(what, "deadlock") == 0) {
      pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
      pthread_t other;
      pthread_mutex_lock(&mutex);
      pthread_create(&other, NULL, wait_forever, &mutex);
      pthread_join(other, NULL);
    }
    if (strcmp(what, "hang-with-children") == 0) {
      if (fork() == 0) {
        signal(SIGTERM, SIG_IGN);
        if (fork() == 0) {
          setsid();
          for (;;) pause();
        }
        for (;;) pause();
      }
      for (;;) pause();
    }
    if (strcmp(what, "leave-child") == 0 && fork() == 0)
      for (;;) pause();
    if (strcmp(what, "leave-short-child") == 0 && fork() == 0) {
      usleep(300000);
      measure("pkg/b.c::late", 1);
      return 0;
    }
    if (strcmp(what, "garbage") == 0)
      for (int n = 0; n < 400000; ++n) fwrite("\xff\x00\x1b[31mgarbage\n", 1, 16, stderr);
    if (strcmp(what, "long-line") == 0)
      for (int n = 0; n < 3000000; ++n) fputc('x', stdout);
    if (strcmp(what, "foreign-profile") == 0) write_profile("99999.out", "no callgrind file\n");
    if (strcmp(what, "link-in-profile") == 0) {
      char path[4096];
      snprintf(path, sizeof path, "%s/link", getenv("CODSPEED_PROFILE_FOLDER"));
      if (symlink("/etc/passwd", path)) return 8;
    }
    if (strcmp(what, "odd-name") == 0) write_profile("odd\nname", "");
    if (strcmp(what, "replace-log") == 0) {
      char path[4096];
      snprintf(path, sizeof path, "%s/valgrind.%d.log", getenv("CODSPEED_PROFILE_FOLDER"), (int)getpid());
      if (unlink(path) || mkfifo(path, 0644)) return 5;
    }
    // Where the driver collects the profile of a run in another layout.
    if (strcmp(what, "leave-layout") == 0) {
      char path[4096], away[4200];
      snprintf(path, sizeof path, "%s/../layout", getenv("CODSPEED_PROFILE_FOLDER"));
      snprintf(away, sizeof away, "%s.%d", path, (int)getpid());
      rename(path, away);
      if (symlink("/etc", path)) return 5;
    }
    if (strcmp(what, "remove-profile") == 0 && rename(getenv("CODSPEED_PROFILE_FOLDER"), "away"))
      return 5;
    if (strcmp(what, "nap") == 0) usleep(1500000);
    if (strcmp(what, "own-file") == 0) write_profile("notes.txt", "kept\n");
    if (strcmp(what, "print-environment") == 0)
      for (char **entry = environ; *entry; ++entry) puts(*entry);
    if (strcmp(what, "print-place") == 0) printf("%s %s\n", argv[0], getcwd(NULL, 0));
    if (strcmp(what, "read-only-folder") == 0 &&
        (mkdir("made", 0700) || mkdir("made/inside", 0700) || chmod("made", 0500)))
      return 7;
    if (strcmp(what, "fill-disk") == 0) {
      FILE *file = fopen("filler", "w");
      static char block[1 << 16];
      while (file && fwrite(block, 1, sizeof block, file) == sizeof block) {
      }
      if (file) fclose(file);
    }
    if (strcmp(what, "_exit") == 0) _exit(0);
    if (strcmp(what, "exit-group") == 0) syscall(SYS_exit_group, 0);
    if (strcmp(what, "sleep") == 0) sleep(30);
  }
  if (hooks) instrument_hooks_deinit(hooks);
  return 0;
}
