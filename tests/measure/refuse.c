// Runs a command where one system call fails with EPERM, as containers' filters have it.
// Usage: refuse personality|seccomp|pidfd_getfd|perf_event_open|ptrace|unshare COMMAND ARGUMENT...

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 3) return 125;
  long number = strcmp(argv[1], "seccomp") == 0           ? SYS_seccomp
                : strcmp(argv[1], "pidfd_getfd") == 0     ? 438
                : strcmp(argv[1], "perf_event_open") == 0 ? SYS_perf_event_open
                : strcmp(argv[1], "ptrace") == 0          ? SYS_ptrace
                : strcmp(argv[1], "unshare") == 0         ? SYS_unshare
                                                          : SYS_personality;
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
    perror("refuse");
    return 125;
  }
  execv(argv[2], argv + 2);
  perror(argv[2]);
  return 126;
}
