// Breakpoints: functions of the program that is measured before which a function of ours is called.
//
// The first byte of a function becomes a trap. Its signal calls ours, and does what the instruction
// would have done. Where that is not one that functions often begin with, it puts the byte back and lets the
// processor run it; the signal of that step sets the traps again. Meanwhile another thread may pass.

#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "preload.h"

#if defined(__x86_64__)

#define TRAP 0xcc      // int3
#define STEP 0x100     // TF of the flags
#define MOST_BREAKS 8

static struct breakpoint {
  unsigned char *address;
  unsigned char original;
  hit_function *hit;
} all[MOST_BREAKS];
static size_t count;

static void set_all(void) {
  for (size_t i = 0; i < count; i++) *(volatile unsigned char *)all[i].address = TRAP;
}

// Does an instruction of a breakpoint, whose first byte was passed; returns whether it could.
static int emulate(const struct breakpoint *at, greg_t *registers) {
  static const int pushed[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
                               REG_RSP, REG_RBP, REG_RSI, REG_RDI};
  static const unsigned char endbr64[] = {0x0f, 0x1e, 0xfa};
  if (at->original == 0xf3 && memcmp(at->address + 1, endbr64, sizeof endbr64) == 0) {
    registers[REG_RIP] += sizeof endbr64;
    return 1;
  }
  if (at->original < 0x50 || at->original > 0x57) return 0;  // push
  uint64_t value = (uint64_t)registers[pushed[at->original - 0x50]];
  registers[REG_RSP] -= 8;
  memcpy((void *)registers[REG_RSP], &value, sizeof value);
  return 1;
}

static void on_trap(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  if (registers[REG_EFL] & STEP) {
    set_all();
    registers[REG_EFL] &= ~STEP;
    return;
  }
  for (size_t i = 0; i < count; i++) {
    if ((uintptr_t)all[i].address != (uintptr_t)registers[REG_RIP] - 1) continue;
    all[i].hit((const void *)registers[REG_RDI]);
    if (emulate(&all[i], registers)) return;
    *(volatile unsigned char *)all[i].address = all[i].original;
    registers[REG_RIP]--;
    registers[REG_EFL] |= STEP;
    return;
  }
  die("a trap that is none of this library's", "the program stops itself by SIGTRAP");
}

void break_at(uintptr_t address, hit_function *hit) {
  static const struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
  if (count == MOST_BREAKS) die("too many breakpoints", "more than 8");
  if (count == 0 && sigaction(SIGTRAP, &action, NULL) != 0) die("cannot stop the program", "SIGTRAP");
  uintptr_t page = address & ~(uintptr_t)4095;
  if (mprotect((void *)page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
    die("cannot set a breakpoint", "this machine does not let a program change its code");
  all[count] = (struct breakpoint){(unsigned char *)address, *(unsigned char *)address, hit};
  count++;
  set_all();
}

#else

void break_at(uintptr_t address, hit_function *hit) {
  (void)address;
  (void)hit;
  die("cannot set a breakpoint", "not on this processor: measure the program by CodSpeed's integration");
}

#endif
