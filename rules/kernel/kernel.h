// The fixed kernel: answers what a measured program asks about the machine, the same everywhere.
//
// A seccomp filter hands the calls of the table in calls.c to the driver, which serves
// them on a thread of its own. Each has a handler. What a handler cannot answer, the machine's
// kernel answers, and the part of the guarantee that is lost is reported.
//
// Interface: seccomp_unotify(2), <linux/seccomp.h>.

#ifndef RULES_KERNEL_KERNEL_H_
#define RULES_KERNEL_KERNEL_H_

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "linux_abi.h"

// Parts of the guarantee; `PARTS` of py/rules_codspeed/measure/stage/kernel.py names them, bit by bit.
enum part {
  PART_FILES = 1 << 0,
  PART_FOLDERS = 1 << 1,
  PART_HOST = 1 << 2,
  PART_USERS = 1 << 3,
  PART_RANDOM = 1 << 4,
  PART_CLOCK = 1 << 5,
  PART_ROOT = 1 << 6,
};

// What a run is served with; `_LOGICAL_CLOCK`, `_PINNED_ROOT` and `_GO_RUNTIME` of kernel.py.
enum option {
  OPTION_LOGICAL_CLOCK = 1 << 0,
  OPTION_PINNED_ROOT = 1 << 1,
  OPTION_GO_RUNTIME = 1 << 2,
};

// When a call is answered: always, or with one of the clocks, with a pinned root, or for a program
// of Go only.
enum when { ALWAYS, MACHINE_CLOCK, LOGICAL_CLOCK, PINNED_ROOT, GO_RUNTIME };

// One call that waits for its answer.
struct request {
  uint64_t id;
  int listener;
  int thread;
  uint64_t args[6];
};

// Instead of a result or a negative error number, a handler may return:
enum {
  BY_MACHINE = INT_MIN,  // the machine's kernel answers, as it should
  UNABLE,                // the machine's kernel answers, and the call's part is lost
};

#define EXPORTED __attribute__((visibility("default")))

typedef long handler(struct request *request);

// A system call that the filter hands over.
struct call {
  int number;
  enum part part;
  handler *handle;  // NULL: refused, as if the kernel did not have it
  // Where `mask` is not 0, only calls whose argument has one of these bits are handed over.
  int argument;
  uint32_t mask;
  enum when when;
};

// calls.c
extern const struct call calls[];
extern const int call_count;
int is_served(const struct call *call, int options);

// memory.c: the memory of the process that called.
// They return 0, -EFAULT, or UNABLE. A text is read with its end, at most `size` bytes of it.
long read_memory(const struct request *request, uint64_t address, void *to, size_t size);
long write_memory(const struct request *request, uint64_t address, const void *from, size_t size);
long read_text(const struct request *request, uint64_t address, char *to, size_t size);

// auxiliary.c: what lies in the memory of a program that starts.
void fix_random_bytes(const struct request *request);
void fix_hardware(const struct request *request);  // aarch64 only

// processes.c
int process_of(int thread);
// Whether a process has another root, namespace or user than the driver. Its files are then not
// the driver's to look at, and the machine's kernel answers for files and users.
extern int separated;

// Writes the absolute path of a file.
typedef void path_of_file(const void *file, char *path, size_t size);

// paths.c: files as the process that called sees them.
// They return 0, a negative error number, or UNABLE.
// `place` is where the driver finds the file; release it.
struct place {
  int folder;  // AT_FDCWD, or a descriptor that is closed by release
  int flags;   // of statx
  char path[PATH_MAX];
};
long file_status(const struct request *request, int folder, uint64_t path, int flags,
                 struct file_status *status, struct place *place);
long descriptor_status(const struct request *request, int descriptor, struct file_status *status,
                       struct place *place);
void release(struct place *place);
path_of_file path_of_place, path_of_descriptor;
// Returns a descriptor of the driver's (O_PATH), a negative error number, or UNABLE.
int open_path(const struct request *request, int folder, uint64_t path);

// root.c: the pinned root.
// Whether something of it was answered by the machine's own files, or may have been.
extern int root_lost;
// Whether programs have it mounted, so that only the driver has to look for it.
extern int root_is_mounted;
// `path` is the root's folder, or NULL; `program` the file that every simulated process runs, or NULL
// where the root is mounted.
void reset_root(const char *path, const char *program);
// Whether the root answers for an absolute path.
int is_of_root(const struct request *request, const char *path);
// Returns a descriptor of a file of the root, open for reading, or a negative error number.
int open_of_root(const char *path, uint64_t flags);

// random.c: splitmix64.
void fill_random(uint64_t state, uint64_t *words, size_t size);
// The next number of the process that called.
uint64_t next_random(const struct request *request);

// random_devices.c
int is_random_device(const char *path);
// The path of the device that a file stands for; NULL if it stands for none.
const char *random_device_of(const struct file_status *status);
// Returns a descriptor of the driver's with random bytes, open for reading; or -1.
int open_random_device(const struct request *request, const char *path);

// identity.c: numbers that stand for the machine's device and inode numbers.
struct identity {
  uint64_t device, inode;
  uint64_t number;    // what the program sees as the inode
  uint64_t born;      // nanoseconds; 0 if not known
  uint64_t modified;  // likewise, at the last look
  uint32_t changes;   // of `modified`, since the first look
};
uint64_t device_of(const struct file_status *status);
uint32_t device_number(uint64_t device);
// The result is valid until the next call. Two files at different times can have one inode:
// they differ in `born`, which is 0 where it is not known. `path` is called at the first look, for the
// file's absolute path.
struct identity *identity_of(uint64_t device, uint64_t inode, uint64_t born, path_of_file *path,
                             const void *file);

// Forget the run before.
// Files that were modified since a time, in seconds, belong to the measurement.
void reset_metadata(int64_t since);
// Links in the folder of the runfiles are not listed.
void reset_folders(const char *runfiles);
void reset_random(void);
void reset_random_devices(void);
void reset_opened(void);
void reset_identities(void);
void reset_processes(void);
void reset_clock(void);
void reset_logical_clock(void);
void reset_started(void);

// The handlers.
handler on_stat, on_lstat, on_fstat, on_newfstatat, on_statx, on_statfs, on_fstatfs;
handler on_getdents, on_getdents64;
handler on_open, on_openat, on_openat2;
handler on_access, on_faccessat, on_readlink, on_readlinkat;
handler on_uname, on_sysinfo, on_sched_getaffinity, on_getcpu;
handler on_time, on_clock_gettime;
handler on_logical_time, on_logical_clock_gettime, on_logical_gettimeofday;
handler on_logical_times, on_logical_getrusage;
handler on_logical_nanosleep, on_logical_clock_nanosleep, on_logical_futex;
handler on_logical_poll, on_logical_ppoll, on_logical_select, on_logical_pselect;
handler on_logical_epoll_wait, on_logical_epoll_pwait2;
handler on_go_nanosleep, on_go_open, on_go_openat;
handler on_getid, on_getresid, on_getgroups;
handler on_setid, on_setreid, on_setresid, on_setgroups, on_setfsid;
handler on_chown, on_lchown, on_fchown, on_fchownat;
handler on_separation, on_getrandom, on_execve, on_execveat;

#endif  // RULES_KERNEL_KERNEL_H_
