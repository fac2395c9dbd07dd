#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Counts the bytes of the file that both an argument and a variable name.
int main(int argc, char** argv) {
  const char* expected = getenv("COUNT_WHAT");
  if (argc != 2 || !expected || strcmp(argv[1], expected) != 0) return 3;
  FILE* file = fopen(argv[1], "r");
  if (!file) return 4;
  long bytes = 0;
  while (getc(file) != EOF) ++bytes;
  fclose(file);
  printf("%ld\n", bytes);
  return 0;
}
