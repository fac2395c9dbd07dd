// Counts the primes below its argument.

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  size_t limit = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
  char *composite = calloc(limit + 1, 1);
  if (!composite) return 1;
  size_t primes = 0;
  for (size_t number = 2; number < limit; ++number) {
    if (composite[number]) continue;
    ++primes;
    for (size_t multiple = number * number; multiple < limit; multiple += number)
      composite[multiple] = 1;
  }
  printf("%zu\n", primes);
  free(composite);
  return 0;
}
