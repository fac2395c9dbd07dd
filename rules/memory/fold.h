// The library that the driver loads: it reads the channel, folds events into numbers, and writes them
// as the artifact has them. Its memory grows with what is live, not with the number of events
// or of programs that have ended, but for one entry for each process id.

#ifndef RULES_MEMORY_FOLD_H_
#define RULES_MEMORY_FOLD_H_

#include <stddef.h>
#include <stdint.h>

#include "channel.h"

#define EXPORT __attribute__((visibility("default")))

// table.c: a hash table from two numbers to two others.

struct entry {
  uint64_t first, second;  // the key; `second` is never 0
  uint64_t size, number;
};

struct table {
  struct entry *entries;
  size_t capacity, count;
  size_t last;  // place that was found or added last
};

// Returns the entry of a key; NULL if there is none.
struct entry *table_find(struct table *table, uint64_t first, uint64_t second);
// Lets the processor fetch where a key of a table is, or would be.
void table_expect(const struct table *table, uint64_t first, uint64_t second);
// Returns a new entry; the key must not be there. Stops the process without memory.
struct entry *table_add(struct table *table, uint64_t first, uint64_t second);
// Before an entry is added to a table that is full: removes those whose `first` is not, with `owner`, a
// key of the other table, which may be the same.
void table_make_room(struct table *table, struct table *owners, uint64_t owner);
void table_remove(struct table *table, struct entry *entry);
void table_clear(struct table *table);

// identities.c: numbers of processes, threads and blocks that are the same on all machines.

struct identities {
  struct table programs;  // process, 1 -> the program that is in it now
  struct table threads;   // program, thread -> its number
  uint64_t ids;           // processes and threads so far
  uint64_t blocks;
  uint64_t programs_so_far;
};

struct program {
  uint64_t number;   // distinguishes what was in one process one after the other
  uint64_t process;  // its number
};

struct program identities_program(struct identities *all, uint32_t process);
uint64_t identities_thread(struct identities *all, struct program program, uint64_t thread);
// Returns the number of the program of a process; 0 if nothing of it was folded in.
uint64_t identities_known(struct identities *all, uint32_t process);
// Forgets the program of a process, which has ended or is replaced; returns its number, or 0.
uint64_t identities_ended(struct identities *all, uint32_t process);
// Gives a process another number.
void identities_forget(struct identities *all, uint32_t process);
// Returns the number of a process; 0 if nothing of it was folded in.
uint64_t identities_process(struct identities *all, uint32_t process);
// Returns the address by which the next block is known.
uint64_t identities_block(struct identities *all);

// artifact.c

#define LONGEST_EVENT 128  // bytes

// Writes an event as a map of MessagePack (spec: memory 6.2); returns its bytes.
struct record {
  uint64_t process, thread, time, address, old, size;
  enum kind kind;
};
size_t artifact_write(char *to, const struct record *record);

// owed.c: blocks that died without a record, between windows or with their program. CodSpeed's fold knows
// records alone: for its peak to be ours, such blocks are freed before the next allocation.

struct owed {
  struct debt {
    uint64_t process, address;  // numbers
  } *all;
  size_t count, paid, room;
};

void owe(struct owed *owed, uint64_t process, uint64_t address);
// Owes all blocks of a program, in the order of their numbers.
void owe_program(struct owed *owed, const struct table *live, uint64_t program, uint64_t process);
int owes(const struct owed *owed);
struct debt pay(struct owed *owed);
void owe_nothing(struct owed *owed);

// weights.c

struct weight {
  uint64_t bytes, calls;
};

struct weights {
  struct weight *all;      // by the node of a stack, 0 for what has none; NULL before the first
  struct weight waiting;  // of allocations for whose stack nobody looked
};

void weigh(struct weights *weights, uint64_t stack, uint64_t size);
void weigh_nothing(struct weights *weights);
// Returns the first node from `node` on that something was allocated by; more than MOST_NODES if none.
uint32_t next_weight(const struct weights *weights, uint32_t node, struct weight *found);

// timeline.c

#define MOST_STEPS 256u  // a power of two

struct timeline {
  uint64_t calls;      // so far
  uint32_t doublings;  // of the length of a step, which was a call
  uint64_t most[MOST_STEPS];  // bytes live at most
};

// Adds a call of the allocator, after which so many bytes are live.
void timeline_add(struct timeline *timeline, uint64_t live);
uint32_t timeline_steps(const struct timeline *timeline);

// fold.c

// What the driver reads: totals of the windows that one name is of. In bytes, but for calls.
struct totals {
  uint64_t peak, total, calls, largest, live;
  uint64_t windows;
};

struct fold {
  struct table live;     // program, address -> size and number
  struct table pending;  // program, thread -> the block that it reallocates
  struct table bytes;    // program, 1 -> bytes live
  struct identities identities;
  struct totals totals;
  struct timeline timeline;  // of the same windows
  struct owed owed;
  struct weights weights;
  uint64_t current;  // bytes live
  uint64_t left;     // bytes that ended programs had not freed
  uint64_t time;     // ns: a call takes a microsecond
  int is_open;
};

// Prepares for an event that comes soon, likely of the program of the last one.
void fold_expect(const struct fold *fold, const struct event *event);
// Returns whether records are due before an event, and writes one of them.
int fold_is_due(const struct fold *fold, const struct event *event);
size_t fold_due(struct fold *fold, char *to);
// Folds an event in; returns the bytes of its record in `to`, 0 if it has none.
size_t fold_event(struct fold *fold, const struct event *event, char *to);

#endif  // RULES_MEMORY_FOLD_H_
