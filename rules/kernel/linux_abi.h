// What the fixed kernel uses of Linux's interface and older headers lack.
//
// Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
// From 424 on a system call has the same number on all architectures.

#ifndef RULES_KERNEL_LINUX_ABI_H_
#define RULES_KERNEL_LINUX_ABI_H_

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#define FIRST_X32_CALL 0x40000000u
#define CALL(x86_64, aarch64) (x86_64)
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#define CALL(x86_64, aarch64) (aarch64)
#else
#error "rules_codspeed measures on x86_64 and aarch64 only"
#endif

enum {
  CALL_MEMFD_CREATE = CALL(319, 279),
  CALL_OPENAT2 = 437,
  CALL_PIDFD_GETFD = 438,
  CALL_PIDFD_OPEN = 434,
  CALL_SECCOMP = CALL(317, 277),
  CALL_STATX = CALL(332, 291),
  CALL_GETDENTS64 = CALL(217, 61),
  CALL_EPOLL_PWAIT2 = 441,
};

// <linux/seccomp.h>
#define FILTER_SPECULATION (1UL << 2)      // Linux 4.17
#define LISTENER_NEW (1UL << 3)            // Linux 5.0
#define LISTENER_WAIT_KILLABLE (1UL << 5)  // Linux 5.19
#define ACTION_NOTIFY 0x7fc00000u
#define ANSWER_FLAG_CONTINUE 1u
#define LISTENER_SYNC_WAKE_UP 1u

struct notification {
  uint64_t id;
  uint32_t thread;
  uint32_t flags;
  struct seccomp_data data;
};

struct notification_answer {
  uint64_t id;
  int64_t value;
  int32_t error;
  uint32_t flags;
};

struct notification_descriptor {
  uint64_t id;
  uint32_t flags;
  uint32_t source;
  uint32_t target;
  uint32_t target_flags;
};

#define ADD_AT_TARGET 1u
#define NOTIFICATION_RECEIVE _IOWR('!', 0, struct notification)
#define NOTIFICATION_SEND _IOWR('!', 1, struct notification_answer)
#define NOTIFICATION_VALID _IOW('!', 2, uint64_t)
#define NOTIFICATION_ADD_DESCRIPTOR _IOW('!', 3, struct notification_descriptor)  // Linux 5.9
#define NOTIFICATION_SET_FLAGS _IOW('!', 4, uint64_t)                             // Linux 6.6

#define PIDFD_OF_THREAD 0200u  // Linux 6.9

// <linux/openat2.h>, Linux 5.6
struct open_how {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};
#define RESOLVE_IN_ROOT 0x10u

// <linux/stat.h>
struct file_time {
  int64_t seconds;
  uint32_t nanoseconds;
  int32_t reserved;
};

struct file_status {
  uint32_t mask;
  uint32_t block_size;
  uint64_t attributes;
  uint32_t links;
  uint32_t user;
  uint32_t group;
  uint16_t mode;
  uint16_t reserved;
  uint64_t inode;
  uint64_t size;
  uint64_t blocks;
  uint64_t attributes_mask;
  struct file_time accessed;
  struct file_time born;
  struct file_time changed;
  struct file_time modified;
  uint32_t special_major;
  uint32_t special_minor;
  uint32_t device_major;
  uint32_t device_minor;
  uint64_t rest[14];
};

#define STATUS_BASIC 0x07ffu
#define STATUS_BORN 0x0800u
#define STATUS_RESERVED 0x80000000u
#define FLAG_EMPTY_PATH 0x1000
#define FLAG_NOFOLLOW 0x100

// <linux/dirent.h>
struct folder_entry {
  uint64_t inode;
  int64_t next;
  uint16_t length;
  uint8_t type;
  char name[];
};

#endif  // RULES_KERNEL_LINUX_ABI_H_
