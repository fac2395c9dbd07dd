/* Work that a program loads from its runfiles. */

unsigned long work_of_library(unsigned long n) {
  volatile unsigned long sum = 0;
  for (unsigned long i = 0; i < n; ++i) sum ^= i * 31;
  return sum;
}
