/* Work that a program of another repository loads. */

unsigned long work_of_other(unsigned long n) {
  volatile unsigned long sum = 0;
  for (unsigned long i = 0; i < n; ++i) sum += i * i;
  return sum;
}
