// The table of calls, each with its reason.

#include "kernel.h"

// clone and unshare: a namespace of mounts or users.
#define NEW_NAMESPACE 0x10020000u
// clock_gettime: CLOCK_REALTIME_COARSE, which is 5, and few others.
#define COARSE_CLOCK 4u
// futex: one that has a limit.
#define ANY_ADDRESS UINT32_MAX

const struct call calls[] = {
    // Times, inode and device numbers, owners, link counts, block counts and the size of folders
    // are the machine's. Whatever changes an allocation by them changes the heap from then on.
#if defined(__x86_64__)
    {4, PART_FILES, on_stat, 0, 0, ALWAYS},
    {6, PART_FILES, on_lstat, 0, 0, ALWAYS},
#endif
    {CALL(5, 80), PART_FILES, on_fstat, 0, 0, ALWAYS},
    {CALL(262, 79), PART_FILES, on_newfstatat, 0, 0, ALWAYS},
    {CALL_STATX, PART_FILES, on_statx, 0, 0, ALWAYS},
    // Free space, and the type of the disk that a folder happens to lie on.
    {CALL(137, 43), PART_FILES, on_statfs, 0, 0, ALWAYS},
    {CALL(138, 44), PART_FILES, on_fstatfs, 0, 0, ALWAYS},
    // Listings come in the order of the file system.
#if defined(__x86_64__)
    {78, PART_FOLDERS, on_getdents, 0, 0, ALWAYS},
#endif
    {CALL_GETDENTS64, PART_FOLDERS, on_getdents64, 0, 0, ALWAYS},
    // Random bytes, which Valgrind passes on behind this: open, openat.
#if defined(__x86_64__)
    {2, PART_HOST, on_go_open, 0, 0, GO_RUNTIME},
#endif
    {CALL(257, 56), PART_HOST, on_go_openat, 0, 0, GO_RUNTIME},
    // Files that describe the machine: processors, memory, load, host name.
#if defined(__x86_64__)
    {2, PART_HOST, on_open, 0, 0, ALWAYS},
#endif
    {CALL(257, 56), PART_HOST, on_openat, 0, 0, ALWAYS},
    {CALL_OPENAT2, PART_HOST, on_openat2, 0, 0, ALWAYS},
    // Whether a file is there, and where a link leads: what is opened comes from the pinned root.
    // access, faccessat, faccessat2, readlink, readlinkat.
#if defined(__x86_64__)
    {21, PART_ROOT, on_access, 0, 0, PINNED_ROOT},
    {89, PART_ROOT, on_readlink, 0, 0, PINNED_ROOT},
#endif
    {CALL(269, 48), PART_ROOT, on_faccessat, 0, 0, PINNED_ROOT},
    {439, PART_ROOT, on_faccessat, 0, 0, PINNED_ROOT},
    {CALL(267, 78), PART_ROOT, on_readlinkat, 0, 0, PINNED_ROOT},
    // Host name, and version of the kernel.
    {CALL(63, 160), PART_HOST, on_uname, 0, 0, ALWAYS},
    // Memory, load, and time since the start.
    {CALL(99, 179), PART_HOST, on_sysinfo, 0, 0, ALWAYS},
    // Thread pools are as large as the number of processors. Valgrind runs one thread at a time.
    {CALL(204, 123), PART_HOST, on_sched_getaffinity, 0, 0, ALWAYS},
    {CALL(309, 168), PART_HOST, on_getcpu, 0, 0, ALWAYS},
    // Seconds, which libraries compare: time, and the clock that takes its place where there is none.
#if defined(__x86_64__)
    {201, PART_HOST, on_time, 0, 0, MACHINE_CLOCK},
#else
    {113, PART_HOST, on_clock_gettime, 0, COARSE_CLOCK, MACHINE_CLOCK},
#endif
    // Time, for programs that do more or less by it: clock_gettime, gettimeofday, times, getrusage.
#if defined(__x86_64__)
    {201, PART_CLOCK, on_logical_time, 0, 0, LOGICAL_CLOCK},
#endif
    {CALL(228, 113), PART_CLOCK, on_logical_clock_gettime, 0, 0, LOGICAL_CLOCK},
    {CALL(96, 169), PART_CLOCK, on_logical_gettimeofday, 0, 0, LOGICAL_CLOCK},
    {CALL(100, 153), PART_CLOCK, on_logical_times, 0, 0, LOGICAL_CLOCK},
    {CALL(98, 165), PART_CLOCK, on_logical_getrusage, 0, 0, LOGICAL_CLOCK},
    // The monitor of Go's runtime, which interferes by the time that passes: nanosleep.
    {CALL(35, 101), PART_CLOCK, on_go_nanosleep, 0, 0, GO_RUNTIME},
    // Sleeps, and waits that may have a limit.
    {CALL(35, 101), PART_CLOCK, on_logical_nanosleep, 0, 0, LOGICAL_CLOCK},
    {CALL(230, 115), PART_CLOCK, on_logical_clock_nanosleep, 0, 0, LOGICAL_CLOCK},
#if defined(__x86_64__)
    {7, PART_CLOCK, on_logical_poll, 0, 0, LOGICAL_CLOCK},
    {23, PART_CLOCK, on_logical_select, 0, 0, LOGICAL_CLOCK},
    {232, PART_CLOCK, on_logical_epoll_wait, 0, 0, LOGICAL_CLOCK},
#endif
    {CALL(271, 73), PART_CLOCK, on_logical_ppoll, 0, 0, LOGICAL_CLOCK},
    {CALL(270, 72), PART_CLOCK, on_logical_pselect, 0, 0, LOGICAL_CLOCK},
    {CALL(281, 22), PART_CLOCK, on_logical_epoll_wait, 0, 0, LOGICAL_CLOCK},
    {CALL_EPOLL_PWAIT2, PART_CLOCK, on_logical_epoll_pwait2, 0, 0, LOGICAL_CLOCK},
    {CALL(202, 98), PART_CLOCK, on_logical_futex, 3, ANY_ADDRESS, LOGICAL_CLOCK},
    // Programs treat their own files differently from those of others, and root from users. All are
    // user and group 0: getuid, geteuid, getgid, getegid, getresuid, getresgid, getgroups.
    {CALL(102, 174), PART_USERS, on_getid, 0, 0, ALWAYS},
    {CALL(107, 175), PART_USERS, on_getid, 0, 0, ALWAYS},
    {CALL(104, 176), PART_USERS, on_getid, 0, 0, ALWAYS},
    {CALL(108, 177), PART_USERS, on_getid, 0, 0, ALWAYS},
    {CALL(118, 148), PART_USERS, on_getresid, 0, 0, ALWAYS},
    {CALL(120, 150), PART_USERS, on_getresid, 0, 0, ALWAYS},
    {CALL(115, 158), PART_USERS, on_getgroups, 0, 0, ALWAYS},
    // So becoming, or giving a file to, user and group 0 succeeds without a change: setuid, setgid,
    // setreuid, setregid, setresuid, setresgid, setgroups, setfsuid, setfsgid, chown and its like.
    {CALL(105, 146), PART_USERS, on_setid, 0, 0, ALWAYS},
    {CALL(106, 144), PART_USERS, on_setid, 0, 0, ALWAYS},
    {CALL(113, 145), PART_USERS, on_setreid, 0, 0, ALWAYS},
    {CALL(114, 143), PART_USERS, on_setreid, 0, 0, ALWAYS},
    {CALL(117, 147), PART_USERS, on_setresid, 0, 0, ALWAYS},
    {CALL(119, 149), PART_USERS, on_setresid, 0, 0, ALWAYS},
    {CALL(116, 159), PART_USERS, on_setgroups, 0, 0, ALWAYS},
    {CALL(122, 151), PART_USERS, on_setfsid, 0, 0, ALWAYS},
    {CALL(123, 152), PART_USERS, on_setfsid, 0, 0, ALWAYS},
#if defined(__x86_64__)
    {92, PART_USERS, on_chown, 0, 0, ALWAYS},
    {94, PART_USERS, on_lchown, 0, 0, ALWAYS},
#endif
    {CALL(93, 55), PART_USERS, on_fchown, 0, 0, ALWAYS},
    {CALL(260, 54), PART_USERS, on_fchownat, 0, 0, ALWAYS},
    // Another root, namespace or set of capabilities: chroot, pivot_root, setns, capset, unshare, clone.
    {CALL(161, 51), PART_FILES, on_separation, 0, 0, ALWAYS},
    {CALL(155, 41), PART_FILES, on_separation, 0, 0, ALWAYS},
    {CALL(308, 268), PART_FILES, on_separation, 0, 0, ALWAYS},
    {CALL(126, 91), PART_FILES, on_separation, 0, 0, ALWAYS},
    {CALL(272, 97), PART_FILES, on_separation, 0, NEW_NAMESPACE, ALWAYS},
    {CALL(56, 220), PART_FILES, on_separation, 0, NEW_NAMESPACE, ALWAYS},
    // The flags of clone3 lie in memory, out of the filter's sight; libraries fall back to clone.
    {435, PART_FILES, NULL, 0, 0, ALWAYS},
    // A ring asks the kernel without a system call: io_uring_setup.
    {425, PART_FILES, NULL, 0, 0, ALWAYS},
    // They seed hash tables (every Rust `HashMap`), and name temporary files.
    {CALL(318, 278), PART_RANDOM, on_getrandom, 0, 0, ALWAYS},
    // For messages only: execve, execveat.
    {CALL(59, 221), PART_HOST, on_execve, 0, 0, ALWAYS},
    {CALL(322, 281), PART_HOST, on_execveat, 0, 0, ALWAYS},
};

const int call_count = sizeof calls / sizeof *calls;

int is_served(const struct call *call, int options) {
  if (call->when == PINNED_ROOT) return options & OPTION_PINNED_ROOT;
  if (call->when == GO_RUNTIME) return options & OPTION_GO_RUNTIME;
  return call->when == ALWAYS || (call->when == LOGICAL_CLOCK) == !!(options & OPTION_LOGICAL_CLOCK);
}
