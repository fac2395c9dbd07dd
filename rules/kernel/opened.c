// Files that describe the machine: a program that opens one for reading gets a fixed one.
//
// All other files are opened by the machine's kernel.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"
#include "machine.h"

#if defined(__x86_64__)
// What every x86-64 processor has.
#define CPUINFO                                                                          \
  "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 0\n"              \
  "model name\t: " PROCESSOR "\nstepping\t: 0\ncpu MHz\t\t: 1000.000\ncache size\t: 8192 KB\n" \
  "physical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\nfpu\t\t: yes\n"            \
  "flags\t\t: fpu tsc cx8 cmov mmx fxsr sse sse2 syscall nx lm\nbogomips\t: 2000.00\n\n"
#else
#define CPUINFO                                                                       \
  "processor\t: 0\nBogoMIPS\t: 2000.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n" \
  "CPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd03\nCPU revision\t: 0\n\n"
#endif

#define LOADER_CACHE (1 << 20)  // bytes
#define MEMORY(name, kib) name TEXT(kib) " kB\n"

static const struct {
  const char *path, *content;  // without content: the machine's, with zeros up to LOADER_CACHE
} files[] = {
    {"/etc/hostname", HOST_NAME "\n"},
    // Its size moves all libraries that are mapped after it.
    {"/etc/ld.so.cache", NULL},
    {"/etc/machine-id", "00000000000000000000000000000001\n"},
    {"/proc/cpuinfo", CPUINFO},
    {"/proc/loadavg", "0.00 0.00 0.00 1/" TEXT(PROCESSES) " 1000\n"},
    {"/proc/meminfo", MEMORY("MemTotal:       ", MEMORY_KIB) MEMORY("MemFree:         ", 8388608)
                          MEMORY("MemAvailable:    ", 8388608) MEMORY("Buffers:               ", 0)
                              MEMORY("Cached:                ", 0) MEMORY("SwapTotal:             ", 0)
                                  MEMORY("SwapFree:              ", 0)},
    {"/proc/self/cgroup", "0::/\n"},
    {"/proc/stat", "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\nintr 0\nctxt 0\n"
                   "btime 1577836800\nprocesses 1000\nprocs_running 1\nprocs_blocked 0\n"},
    {"/proc/sys/kernel/hostname", HOST_NAME "\n"},
    {"/proc/sys/kernel/osrelease", KERNEL_RELEASE "\n"},
    {"/proc/sys/kernel/random/boot_id", "00000000-0000-4000-8000-000000000001\n"},
    {"/proc/sys/kernel/version", KERNEL_VERSION "\n"},
    {"/proc/uptime", TEXT(UPTIME) ".00 " TEXT(UPTIME) ".00\n"},
    {"/proc/version", "Linux version " KERNEL_RELEASE " " KERNEL_VERSION "\n"},
    {"/sys/devices/system/cpu/online", "0\n"},
    {"/sys/devices/system/cpu/possible", "0\n"},
    {"/sys/devices/system/cpu/present", "0\n"},
    {"/sys/fs/cgroup/cpu.max", "max 100000\n"},
    {"/sys/fs/cgroup/memory.max", "max\n"},
};
#define FILE_COUNT (sizeof files / sizeof *files)

static int made[FILE_COUNT];  // 0, or a descriptor of the driver's

void reset_opened(void) {
  for (size_t i = 0; i < FILE_COUNT; ++i) {
    if (made[i]) close(made[i]);
    made[i] = 0;
  }
}

// Returns the index of a file that is fixed, or -1.
static int index_of(const char *path) {
  if (strncmp(path, "/proc/", 6) && strncmp(path, "/sys/", 5) && strncmp(path, "/etc/", 5)) return -1;
  for (size_t i = 0; i < FILE_COUNT; ++i)
    if (!strcmp(path, files[i].path)) return (int)i;
  return -1;
}

// Copies the machine's file to the beginning of one of a fixed size; returns whether it could.
static int copy_padded(const char *path, int to) {
  char block[1 << 16];
  size_t size = 0;
  int from = open(path, O_RDONLY | O_CLOEXEC);
  if (from < 0) return 0;
  for (ssize_t got; (got = read(from, block, sizeof block)) > 0; size += got)
    if (write(to, block, got) != got) size = LOADER_CACHE;
  close(from);
  return size < LOADER_CACHE && !ftruncate(to, LOADER_CACHE);
}

// Returns a descriptor with an offset of its own of a fixed file, open for reading; or -1.
static int reading(int index) {
  char path[64];
  if (!made[index]) {
    int file = syscall(CALL_MEMFD_CREATE, "fixed", 1 /* MFD_CLOEXEC */);
    if (file < 0) return -1;
    const char *content = files[index].content;
    ssize_t size = content ? (ssize_t)strlen(content) : 0;
    int good = content ? write(file, content, size) == size : copy_padded(files[index].path, file);
    if (!good || fchmod(file, 0444)) {
      close(file);
      return -1;
    }
    made[index] = file;
  }
  snprintf(path, sizeof path, "/proc/self/fd/%d", made[index]);
  return open(path, O_RDONLY | O_CLOEXEC);
}

static long opened(struct request *request, uint64_t path_address, uint64_t flags) {
  char path[PATH_MAX];
  if ((flags & O_ACCMODE) != O_RDONLY || flags & (O_PATH | O_DIRECTORY)) return BY_MACHINE;
  long error = read_text(request, path_address, path, sizeof path);
  if (error == UNABLE) return UNABLE;
  int index = error ? -1 : index_of(path);
  if (index < 0) return BY_MACHINE;
  if (separated) return UNABLE;
  int file = reading(index);
  if (file < 0) return files[index].content ? UNABLE : BY_MACHINE;
  struct notification_descriptor added = {request->id, 0, file, 0, flags & O_CLOEXEC};
  long result = ioctl(request->listener, NOTIFICATION_ADD_DESCRIPTOR, &added);
  // Before Linux 5.9 there is no such request.
  if (result < 0) result = errno == EMFILE ? -EMFILE : UNABLE;
  close(file);
  return result;
}

#if defined(__x86_64__)
long on_open(struct request *request) {
  return opened(request, request->args[0], request->args[1]);
}
#endif

long on_openat(struct request *request) {
  return opened(request, request->args[1], request->args[2]);
}

long on_openat2(struct request *request) {
  uint64_t flags;  // the first field of struct open_how
  long error = read_memory(request, request->args[2], &flags, sizeof flags);
  return error ? BY_MACHINE : opened(request, request->args[1], flags);
}
