// The filter, installed in the process that becomes the program, and the loop that serves it.

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kernel.h"

#define FIELD(name) offsetof(struct seccomp_data, name)
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
// Jumps over instructions: `then` of them if it holds, `otherwise` if not.
#define IF(test, value, then, otherwise) BPF_JUMP(BPF_JMP | test | BPF_K, value, then, otherwise)
#define MOST_INSTRUCTIONS 6  // for one call
#define ABSENT (SECCOMP_RET_ERRNO | ENOSYS)

#define ADD(...)                                                    \
  do {                                                              \
    const struct sock_filter added[] = {__VA_ARGS__};               \
    memcpy(filter + length, added, sizeof added);                   \
    length += sizeof added / sizeof *added;                         \
  } while (0)

static unsigned short make_filter(struct sock_filter *filter, int options) {
  unsigned short length = 0;
  // Calls of another architecture (int 0x80) are as absent as from a kernel without that part.
  ADD(LOAD(FIELD(arch)), IF(BPF_JEQ, NATIVE_ARCH, 1, 0), RETURN(ABSENT), LOAD(FIELD(nr)));
#if defined(FIRST_X32_CALL)
  ADD(IF(BPF_JGE, FIRST_X32_CALL, 0, 1), RETURN(ABSENT));
#endif
  for (const struct call *call = calls; call < calls + call_count; ++call) {
    if (!is_served(call, options)) continue;
    if (!call->handle)
      ADD(IF(BPF_JEQ, call->number, 0, 1), RETURN(ABSENT));
    else if (call->mask)
      ADD(IF(BPF_JEQ, call->number, 0, 4), LOAD(FIELD(args) + 8 * call->argument),
          IF(BPF_JSET, call->mask, 0, 1), RETURN(ACTION_NOTIFY), RETURN(SECCOMP_RET_ALLOW));
    else
      ADD(IF(BPF_JEQ, call->number, 0, 1), RETURN(ACTION_NOTIFY));
  }
  ADD(RETURN(SECCOMP_RET_ALLOW));
  return length;
}

// Installs the filter in this process, for good. Returns the listener, or a negative error number.
//
// `options`: those that it will be served with.
EXPORTED int fixed_kernel_install(int options) {
  struct sock_filter *filter = malloc((call_count + 2) * MOST_INSTRUCTIONS * sizeof *filter);
  if (!filter) return -ENOMEM;
  struct sock_fprog program = {make_filter(filter, options), filter};
  // So that a set-user-id program cannot be deceived; the kernel asks for it.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -errno;
  // Before Linux 5.16 a filter otherwise makes the processor slower: it stops speculating.
  unsigned long flags = LISTENER_NEW | FILTER_SPECULATION;
  // A signal does not end a call that is being answered: stat never fails with EINTR.
  long listener =
      syscall(CALL_SECCOMP, SECCOMP_SET_MODE_FILTER, flags | LISTENER_WAIT_KILLABLE, &program);
  if (listener < 0 && errno == EINVAL)
    listener = syscall(CALL_SECCOMP, SECCOMP_SET_MODE_FILTER, flags, &program);
  return listener < 0 ? -errno : (int)listener;
}

static const struct call *call_of(const struct notification *received, int options) {
  for (const struct call *call = calls; call < calls + call_count; ++call)
    if (call->number == received->data.nr && is_served(call, options)) return call;
  return NULL;  // no filter of ours asks for it
}

// Waits for a call and answers it; adds the part of the guarantee that is lost by it. Returns 0,
// or the error number where there was none: its process was just killed or interrupted.
static int answer(int listener, int options, unsigned *lost) {
  struct notification received;
  memset(&received, 0, sizeof received);
  if (ioctl(listener, NOTIFICATION_RECEIVE, &received)) return errno;
  const struct call *call = call_of(&received, options);
  struct request request = {.id = received.id, .listener = listener, .thread = received.thread};
  memcpy(request.args, received.data.args, sizeof request.args);
  long result = call ? call->handle(&request) : BY_MACHINE;
  struct notification_answer answer = {.id = received.id};
  if (result == BY_MACHINE || result == UNABLE)
    answer.flags = ANSWER_FLAG_CONTINUE;
  else if (result < 0)
    answer.error = (int32_t)result;
  else
    answer.value = result;
  if (result == UNABLE) *lost |= call->part;
  // A signal for the driver must not cost the caller its answer.
  while (ioctl(listener, NOTIFICATION_SEND, &answer) && errno == EINTR) continue;
  return 0;
}

// Returns whether a call waits; 0 when there will be no more, or `stop` is closed at its other end.
static int wait_for_call(int listener, int stop) {
  struct pollfd events[] = {{listener, POLLIN, 0}, {stop, POLLIN, 0}};
  while (poll(events, 2, -1) < 0)
    if (errno != EINTR) return 0;
  return events[0].revents & POLLIN;
}

// Whether to wait for a call also ends when no process is left, since Linux 6.11: before, the
// driver would wait for ever.
static int waiting_ends(void) {
  struct utsname machine;
  int major, minor;
  if (uname(&machine) || sscanf(machine.release, "%d.%d", &major, &minor) != 2) return 0;
  return major > 6 || (major == 6 && minor >= 11);
}

// Serves until the other end of `stop`, a pipe, is closed, or no process is left. Not reentrant.
//
// Files that were modified since `since`, in seconds, belong to the measurement. `options` are those of
// the filter. `runfiles` is a folder's path; see folders.c. With a pinned root, `root` is its folder;
// without, NULL. `program` is the file that simulated processes run; NULL where the root is mounted.
// Returns the parts of the guarantee that are lost.
EXPORTED unsigned fixed_kernel_serve(int listener, int stop, int64_t since, int options,
                                     const char *runfiles, const char *root, const char *program) {
  reset_identities();
  reset_metadata(since);
  reset_folders(runfiles);
  reset_random();
  reset_random_devices();
  reset_opened();
  reset_processes();
  reset_clock();
  reset_logical_clock();
  reset_started();
  reset_root(root, program);
  unsigned lost = 0;
  // The caller sleeps until the answer is there, so both may use one processor. Since Linux 6.6.
  ioctl(listener, NOTIFICATION_SET_FLAGS, (uint64_t)LISTENER_SYNC_WAKE_UP);
  if (waiting_ends()) {
    for (int error = 0; error == 0 || error == EINTR || wait_for_call(listener, stop);)
      error = answer(listener, options, &lost);
  } else {
    while (wait_for_call(listener, stop)) answer(listener, options, &lost);
  }
  // Where the machine answered for a file, it may have been one of the root.
  int other = options & OPTION_PINNED_ROOT && lost & (PART_FILES | PART_HOST);
  if (root_lost || other) lost |= PART_ROOT;
  reset_folders("");
  reset_opened();
  reset_root(NULL, NULL);
  return lost;
}
