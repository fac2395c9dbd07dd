// The machine: its name, its kernel, one processor, and memory that nobody else uses.

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "kernel.h"
#include "machine.h"

long on_uname(struct request *request) {
  struct utsname given;
  memset(&given, 0, sizeof given);
  strcpy(given.sysname, "Linux");
  strcpy(given.nodename, HOST_NAME);
  strcpy(given.release, KERNEL_RELEASE);
  strcpy(given.version, KERNEL_VERSION);
  strcpy(given.machine, PROCESSOR);
  strcpy(given.domainname, "(none)");
  return write_memory(request, request->args[0], &given, sizeof given);
}

long on_sysinfo(struct request *request) {
  struct sysinfo given;
  memset(&given, 0, sizeof given);
  given.uptime = UPTIME;
  given.totalram = (unsigned long)MEMORY_KIB << 10;
  given.freeram = given.totalram / 2;
  given.procs = PROCESSES;
  given.mem_unit = 1;
  return write_memory(request, request->args[0], &given, sizeof given);
}

long on_sched_getaffinity(struct request *request) {
  uint64_t first_processor = 1;
  int process = (int)request->args[0];
  unsigned size = (unsigned)request->args[1];
  if (process && kill(process, 0) && errno == ESRCH) return -ESRCH;
  if (size < sizeof first_processor || size % sizeof first_processor) return -EINVAL;
  long error = write_memory(request, request->args[2], &first_processor, sizeof first_processor);
  return error ? error : (long)sizeof first_processor;
}

long on_getcpu(struct request *request) {
  uint32_t first = 0;
  for (int i = 0; i < 2; ++i) {  // processor, and node
    long error = request->args[i] ? write_memory(request, request->args[i], &first, sizeof first) : 0;
    if (error) return error;
  }
  return 0;
}
