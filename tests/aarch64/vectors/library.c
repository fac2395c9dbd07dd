// A shared library with a variable of each thread, which is found by a TLS descriptor.
static __thread unsigned calls;

__attribute__((visibility("default"))) unsigned called_through_the_plt(unsigned n) {
  return n + ++calls;
}

unsigned hot_in_library(unsigned n) {
  unsigned x = n;
  for (unsigned i = 0; i < n; i++) x = (i & 255) ? x * 1664525u + i : called_through_the_plt(x);
  return x;
}
