// Counts the words of a file: a program that knows nothing about benchmarks,
// measured as a whole by the framework `exec`.

#include <ctype.h>
#include <stdio.h>

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  FILE* file = fopen(argv[1], "r");
  if (!file) {
    perror(argv[1]);
    return 1;
  }
  long words = 0;
  int inside = 0;
  for (int c = getc(file); c != EOF; c = getc(file)) {
    const int letter = !isspace(c);
    words += letter && !inside;
    inside = letter;
  }
  fclose(file);
  printf("%ld\n", words);
  return 0;
}
