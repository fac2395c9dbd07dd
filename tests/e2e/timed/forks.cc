// The work is done by a child that is forked and never replaced.

#include <sys/wait.h>
#include <unistd.h>

#include "tests/benchmarks/native/harness.h"

extern "C" __attribute__((noinline)) unsigned long work_of_child(unsigned long n) {
  volatile unsigned long sum = 0;
  for (unsigned long i = 0; i < n; ++i) sum = sum + i;
  return sum;
}

int main(int argc, char** argv) {
  return harness::Main(argc, argv, "forks.cc", {{"in_child", [] {
                         const pid_t child = fork();
                         if (child == 0) {
                           harness::Keep(work_of_child(10000000));
                           _exit(0);
                         }
                         waitpid(child, nullptr, 0);
                       }}});
}
