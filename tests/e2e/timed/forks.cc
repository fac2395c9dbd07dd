// Work outside of the benchmark's process: by a child that is forked and never replaced, and by the
// kernel.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/benchmarks/native/harness.h"

extern "C" __attribute__((noinline)) unsigned long work_of_child(unsigned long n) {
  volatile unsigned long sum = 0;
  for (unsigned long i = 0; i < n; ++i) sum = sum + i;
  return sum;
}

static char read_bytes[1 << 20];

int main(int argc, char** argv) {
  const int zeros = open("/dev/zero", O_RDONLY);
  return harness::Main(argc, argv, "forks.cc",
                       {{"in_child",
                         [] {
                           const pid_t child = fork();
                           if (child == 0) {
                             harness::Keep(work_of_child(10000000));
                             _exit(0);
                           }
                           waitpid(child, nullptr, 0);
                         }},
                        {"in_kernel", [zeros] {
                           for (int i = 0; i < 100; ++i)
                             harness::Keep(read(zeros, read_bytes, sizeof read_bytes));
                         }}});
}
