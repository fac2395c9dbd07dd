// Numbers in the order in which something first occurs, in place of the machine's own.

#include "fold.h"

#define FIRST_BLOCK 0x10000u
#define BLOCK_STEP 16u
#define FIRST_THREAD 2  // no thread's: present from a program's first thread until it ends

struct program identities_program(struct identities *all, uint32_t process) {
  struct entry *known = table_find(&all->programs, process, 1);
  if (known == NULL) {
    known = table_add(&all->programs, process, 1);
    known->size = 0;
  }
  // An exec keeps the process, and begins another program in it.
  if (known->number == 0) known->number = ++all->ids;
  if (known->size == 0) known->size = ++all->programs_so_far;
  return (struct program){known->size, known->number};
}

uint64_t identities_thread(struct identities *all, struct program program, uint64_t thread) {
  struct entry *known = table_find(&all->threads, program.number, thread | 1);
  if (known) return known->number;
  table_make_room(&all->threads, &all->threads, FIRST_THREAD);
  known = table_add(&all->threads, program.number, thread | 1);
  // The first thread of a process has its number.
  struct entry *first = table_find(&all->threads, program.number, FIRST_THREAD);
  if (first) return known->number = ++all->ids;
  known->number = program.process;
  table_add(&all->threads, program.number, FIRST_THREAD)->number = 1;
  return program.process;
}

uint64_t identities_known(struct identities *all, uint32_t process) {
  struct entry *known = table_find(&all->programs, process, 1);
  return known ? known->size : 0;
}

uint64_t identities_process(struct identities *all, uint32_t process) {
  struct entry *known = table_find(&all->programs, process, 1);
  return known ? known->number : 0;
}

uint64_t identities_ended(struct identities *all, uint32_t process) {
  struct entry *known = table_find(&all->programs, process, 1);
  if (known == NULL) return 0;
  uint64_t number = known->size;
  known->size = 0;
  struct entry *first = table_find(&all->threads, number, FIRST_THREAD);
  if (first) table_remove(&all->threads, first);
  return number;
}

void identities_forget(struct identities *all, uint32_t process) {
  struct entry *known = table_find(&all->programs, process, 1);
  identities_ended(all, process);
  if (known) table_remove(&all->programs, known);
}

uint64_t identities_block(struct identities *all) {
  return FIRST_BLOCK + BLOCK_STEP * all->blocks++;
}
