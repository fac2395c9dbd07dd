// The table of files, each with its reason.

#include "files.h"

#include "machine.h"

#define IS(text) text, sizeof text - 1, 0
#define NONE 0, 0, 0
#define MADE_BY(function) 0, 0, function

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

#define MEMORY(name, kib) name TEXT(kib) " kB\n"

// tzfile(5), of UTC.
#define ZEROS_15 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZONE_HEAD "TZif2" ZEROS_15 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4\0\0\0\0\0\0UTC\0"
#define ZONE_UTC ZONE_HEAD ZONE_HEAD "\nUTC0\n"

// term(5): a terminal of 80 columns that can ring, and go to the next line and its beginning.
#define NO_16 "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
#define NO_116 NO_16 NO_16 NO_16 NO_16 NO_16 NO_16 NO_16 "\xff\xff\xff\xff"
#define DUMB                                                                        \
  "\x1a\1\x18\0\2\0\1\0\x82\0\x8\0dumb|80-column dumb tty\0\0\1P\0\xff\xff\0\0\2\0" NO_16 \
  "\4\0" NO_116 NO_116 "\xff\xff\6\0\7\0\r\0\n\0\n\0"

const struct fixed_file fixed_files[] = {
    // Names of users and groups: a program is root, and its files are root's.
    {"/etc/group", IS("root:x:0:\nnogroup:x:65534:\n")},
    {"/etc/passwd", IS("root:x:0:0:root:/root:/bin/sh\n"
                       "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n")},
    // Where names are looked up: any further module is a library more, which moves all others.
    {"/etc/nsswitch.conf", IS("passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n")},
    // Names of hosts. An address of IPv6 cannot be bound everywhere.
    {"/etc/host.conf", IS("multi on\n")},
    {"/etc/hostname", IS(HOST_NAME "\n")},
    {"/etc/hosts", IS("127.0.0.1 localhost\n")},
    // readline's keys: Python's `readline` reads them.
    {"/etc/inputrc", NONE},
    {"/etc/ld.so.cache", MADE_BY(make_loader_cache)},
    // Libraries that the machine wants in every program.
    {"/etc/ld.so.preload", NONE},
    {"/etc/machine-id", IS("00000000000000000000000000000001\n")},
    // The time zone is pinned by TZ; where the machine has no file of it, another way is taken.
    {"/etc/localtime", IS(ZONE_UTC)},
    {"/etc/timezone", IS("Etc/UTC\n")},
    {"/usr/share/zoneinfo/Etc/UTC", IS(ZONE_UTC)},
    {"/usr/share/zoneinfo/UTC", IS(ZONE_UTC)},
    // The terminal of programs without one: readline asks for it.
    {"/etc/terminfo/d/dumb", IS(DUMB)},
    {"/lib/terminfo/d/dumb", IS(DUMB)},
    {"/usr/share/terminfo/d/dumb", IS(DUMB)},
    // Processors, memory, load, kernel.
    {"/proc/cpuinfo", IS(CPUINFO)},
    {"/proc/loadavg", IS("0.00 0.00 0.00 1/" TEXT(PROCESSES) " 1000\n")},
    {"/proc/meminfo", IS(MEMORY("MemTotal:       ", MEMORY_KIB) MEMORY("MemFree:         ", 8388608)
                             MEMORY("MemAvailable:    ", 8388608) MEMORY("Buffers:               ", 0)
                                 MEMORY("Cached:                ", 0)
                                     MEMORY("SwapTotal:             ", 0)
                                         MEMORY("SwapFree:              ", 0))},
    {"/proc/self/cgroup", IS("0::/\n")},
    {"/proc/stat", IS("cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\nintr 0\nctxt 0\n"
                      "btime 1577836800\nprocesses 1000\nprocs_running 1\nprocs_blocked 0\n")},
    {"/proc/sys/kernel/hostname", IS(HOST_NAME "\n")},
    {"/proc/sys/kernel/osrelease", IS(KERNEL_RELEASE "\n")},
    {"/proc/sys/kernel/random/boot_id", IS("00000000-0000-4000-8000-000000000001\n")},
    {"/proc/sys/kernel/version", IS(KERNEL_VERSION "\n")},
    {"/proc/uptime", IS(TEXT(UPTIME) ".00 " TEXT(UPTIME) ".00\n")},
    {"/proc/version", IS("Linux version " KERNEL_RELEASE " " KERNEL_VERSION "\n")},
    {"/sys/devices/system/cpu/online", IS("0\n")},
    {"/sys/devices/system/cpu/possible", IS("0\n")},
    {"/sys/devices/system/cpu/present", IS("0\n")},
    {"/sys/fs/cgroup/cpu.max", IS("max 100000\n")},
    {"/sys/fs/cgroup/memory.max", IS("max\n")},
};

#define COUNT (sizeof fixed_files / sizeof *fixed_files)
_Static_assert(COUNT <= MOST_FILES, "opened.c keeps that many");

const size_t fixed_file_count = COUNT;
