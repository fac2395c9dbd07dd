// The table of calls, each with its reason.

#include "kernel.h"

// clone and unshare: a namespace of mounts or users.
#define NEW_NAMESPACE 0x10020000u
// clock_gettime: CLOCK_REALTIME_COARSE, which is 5, and few others.
#define COARSE_CLOCK 4u

const struct call calls[] = {
    // Times, inode and device numbers, owners, link counts, block counts and the size of folders
    // are the machine's. Whatever changes an allocation by them changes the heap from then on.
#if defined(__x86_64__)
    {4, PART_FILES, on_stat, 0, 0},
    {6, PART_FILES, on_lstat, 0, 0},
#endif
    {CALL(5, 80), PART_FILES, on_fstat, 0, 0},
    {CALL(262, 79), PART_FILES, on_newfstatat, 0, 0},
    {CALL_STATX, PART_FILES, on_statx, 0, 0},
    // Free space, and the type of the disk that a folder happens to lie on.
    {CALL(137, 43), PART_FILES, on_statfs, 0, 0},
    {CALL(138, 44), PART_FILES, on_fstatfs, 0, 0},
    // Listings come in the order of the file system.
#if defined(__x86_64__)
    {78, PART_FOLDERS, on_getdents, 0, 0},
#endif
    {CALL_GETDENTS64, PART_FOLDERS, on_getdents64, 0, 0},
    // Files that describe the machine: processors, memory, load, host name.
#if defined(__x86_64__)
    {2, PART_HOST, on_open, 0, 0},
#endif
    {CALL(257, 56), PART_HOST, on_openat, 0, 0},
    {CALL_OPENAT2, PART_HOST, on_openat2, 0, 0},
    // Host name, and version of the kernel.
    {CALL(63, 160), PART_HOST, on_uname, 0, 0},
    // Memory, load, and time since the start.
    {CALL(99, 179), PART_HOST, on_sysinfo, 0, 0},
    // Thread pools are as large as the number of processors. Valgrind runs one thread at a time.
    {CALL(204, 123), PART_HOST, on_sched_getaffinity, 0, 0},
    {CALL(309, 168), PART_HOST, on_getcpu, 0, 0},
    // Seconds, which libraries compare: time, and the clock that takes its place where there is none.
#if defined(__x86_64__)
    {201, PART_HOST, on_time, 0, 0},
#else
    {113, PART_HOST, on_clock_gettime, 0, COARSE_CLOCK},
#endif
    // Programs treat their own files differently from those of others, and root from users. All are
    // user and group 0: getuid, geteuid, getgid, getegid, getresuid, getresgid, getgroups.
    {CALL(102, 174), PART_USERS, on_getid, 0, 0},
    {CALL(107, 175), PART_USERS, on_getid, 0, 0},
    {CALL(104, 176), PART_USERS, on_getid, 0, 0},
    {CALL(108, 177), PART_USERS, on_getid, 0, 0},
    {CALL(118, 148), PART_USERS, on_getresid, 0, 0},
    {CALL(120, 150), PART_USERS, on_getresid, 0, 0},
    {CALL(115, 158), PART_USERS, on_getgroups, 0, 0},
    // So becoming, or giving a file to, user and group 0 succeeds without a change: setuid, setgid,
    // setreuid, setregid, setresuid, setresgid, setgroups, setfsuid, setfsgid, chown and its like.
    {CALL(105, 146), PART_USERS, on_setid, 0, 0},
    {CALL(106, 144), PART_USERS, on_setid, 0, 0},
    {CALL(113, 145), PART_USERS, on_setreid, 0, 0},
    {CALL(114, 143), PART_USERS, on_setreid, 0, 0},
    {CALL(117, 147), PART_USERS, on_setresid, 0, 0},
    {CALL(119, 149), PART_USERS, on_setresid, 0, 0},
    {CALL(116, 159), PART_USERS, on_setgroups, 0, 0},
    {CALL(122, 151), PART_USERS, on_setfsid, 0, 0},
    {CALL(123, 152), PART_USERS, on_setfsid, 0, 0},
#if defined(__x86_64__)
    {92, PART_USERS, on_chown, 0, 0},
    {94, PART_USERS, on_lchown, 0, 0},
#endif
    {CALL(93, 55), PART_USERS, on_fchown, 0, 0},
    {CALL(260, 54), PART_USERS, on_fchownat, 0, 0},
    // Another root, namespace or set of capabilities: chroot, pivot_root, setns, capset, unshare, clone.
    {CALL(161, 51), PART_FILES, on_separation, 0, 0},
    {CALL(155, 41), PART_FILES, on_separation, 0, 0},
    {CALL(308, 268), PART_FILES, on_separation, 0, 0},
    {CALL(126, 91), PART_FILES, on_separation, 0, 0},
    {CALL(272, 97), PART_FILES, on_separation, 0, NEW_NAMESPACE},
    {CALL(56, 220), PART_FILES, on_separation, 0, NEW_NAMESPACE},
    // The flags of clone3 lie in memory, out of the filter's sight; libraries fall back to clone.
    {435, PART_FILES, NULL, 0, 0},
    // A ring asks the kernel without a system call: io_uring_setup.
    {425, PART_FILES, NULL, 0, 0},
    // They seed hash tables (every Rust `HashMap`), and name temporary files.
    {CALL(318, 278), PART_RANDOM, on_getrandom, 0, 0},
};

const int call_count = sizeof calls / sizeof *calls;
