#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Counts the bytes of the files that both the arguments and a variable name, each with a
// semicolon. After an argument `--`, paths are below the folder of all runfiles.
int main(int argc, char** argv) {
  const char* expected = getenv("COUNT_WHAT");
  const char* folder = ".";
  char named[4096] = "";
  long bytes = 0;
  for (int i = 1; i < argc; ++i) {
    strcat(strcat(named, argv[i]), ";");
    if (strcmp(argv[i], "--") == 0) {
      folder = getenv("RUNFILES_DIR");
      continue;
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, argv[i]);
    FILE* file = fopen(path, "r");
    if (!file) return 4;
    while (getc(file) != EOF) ++bytes;
    fclose(file);
  }
  printf("%ld\n", bytes);
  return expected && strcmp(named, expected) == 0 ? 0 : 3;
}
