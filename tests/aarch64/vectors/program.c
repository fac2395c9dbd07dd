// What programs for aarch64 have and others have not: landing pads and signed return addresses
// (-mbranch-protection=standard), veneers to code that is too far away for a branch, data amid code
// (symbols $d and $x), calls through the PLT, segments aligned to 64 KiB.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { rounds = 1 << 21 };

unsigned hot_in_library(unsigned n);
unsigned hot_with_table(unsigned n);

__asm__(
    ".text\n"
    ".global hot_with_table\n"
    ".type hot_with_table, %function\n"
    "hot_with_table:\n"
    "  bti c\n"
    "  mov w1, #0\n"
    "1: and w2, w0, #3\n"
    "  adr x3, 2f\n"
    "  ldr w2, [x3, x2, lsl #2]\n"
    "  add w1, w1, w2\n"
    "  subs w0, w0, #1\n"
    "  b.ne 1b\n"
    "  mov w0, w1\n"
    "  ret\n"
    "2: .word 3, 5, 7, 11\n"
    ".size hot_with_table, . - hot_with_table\n");

// The linker puts it out of reach of a branch.
__attribute__((noinline, section(".far"))) unsigned hot_far_away(unsigned n) {
  unsigned x = n;
  for (unsigned i = 0; i < n; i++) x = x * 1103515245u + (i & 3);
  return x;
}

__attribute__((noinline)) static unsigned hot_by_pointer(unsigned n) {
  unsigned x = n;
  for (unsigned i = 0; i < n; i++) x ^= (x << 5) + i;
  return x;
}

static int by_number(const void *a, const void *b) {
  return (int)(*(const unsigned *)a % 1009) - (int)(*(const unsigned *)b % 1009);
}

// Where everything is, as the kernel shows it.
static void copy_maps(const char *program) {
  char path[4096], line[4096];
  snprintf(path, sizeof path, "%s.maps", program);
  FILE *maps = fopen("/proc/self/maps", "r"), *copy = fopen(path, "w");
  if (!maps || !copy) abort();
  while (fgets(line, sizeof line, maps)) fputs(line, copy);
  fclose(maps);
  fclose(copy);
}

int main(int argc, char **argv) {
  unsigned (*volatile pointer)(unsigned) = hot_by_pointer;
  unsigned numbers[64];
  copy_maps(argv[0]);
  printf("%d\n", (int)getpid());
  fflush(stdout);
  if (getchar() == EOF) return argc;
  unsigned sum = 0;
  for (int i = 0; i < 4; i++) {
    sum += hot_with_table(rounds) + hot_far_away(rounds) + pointer(rounds) + hot_in_library(rounds);
    for (int j = 0; j < 64; j++) numbers[j] = sum * (unsigned)j;
    for (int j = 0; j < 64; j++) qsort(numbers, 64, sizeof numbers[0], by_number);
  }
  return sum == 1;
}
