// The channel: a file that measured processes and the driver map, through which every call of an
// allocator passes as one event. Format of this version only: both sides are built from this file.

#ifndef RULES_MEMORY_CHANNEL_H_
#define RULES_MEMORY_CHANNEL_H_

#include <stdatomic.h>
#include <stdint.h>

// The variable that names the file, and the library's name in LD_PRELOAD.
#define CHANNEL_VARIABLE "CODSPEED_MEMORY_CHANNEL"
#define LIBRARY_NAME "codspeed_memory.so"
#define CHANNEL_MAGIC 0x31306d656d647363u  // "csdmem01"

enum kind {
  // As memtrack numbers them (spec: memory 5.2).
  KIND_MALLOC = 1,
  KIND_FREE,
  KIND_CALLOC,
  KIND_REALLOC,
  KIND_ALIGNED,
  // Before a realloc, which may give the old block to another thread, and after one that failed.
  KIND_REALLOC_OLD = 12,
  KIND_REALLOC_FAILED,
  // A process: a program begins in it, it ends, and it is the child of a fork. The first and the last
  // come before all other events of the program.
  KIND_IMAGE = 16,
  KIND_EXIT,
  KIND_CHILD,
  // Marks: a window opens and closes, the windows since the last name get one, all is over; a framework
  // reported a benchmark, and the driver waits until all before has been folded. The first three are the
  // driver's, or with REPORT those of the program itself (enum regions).
  KIND_START = 32,
  KIND_STOP,
  KIND_NAME,
  KIND_END,
  KIND_REPORT,
  KIND_SYNC,
};

// Who opens windows: the driver, or the program at functions that its library finds by their names.
enum regions { REGIONS_NONE, REGIONS_GOOGLE_BENCHMARK, REGIONS_CLOCK };

// One cache line, so that no two writers share one.
struct event {
  _Atomic uint64_t turn;  // 1 more than its position in the stream, once it is complete
  uint64_t address;  // of a window's start in the program: 1 more than the first note of a process that runs
  uint64_t size;    // requested, in bytes; of a mark of the program, the number of notes by then
  uint64_t old;     // KIND_REALLOC: address before
  uint64_t thread;  // thread pointer: unique among the threads of a process that live
  uint32_t process;
  uint32_t kind;
  uint64_t stack;  // node of the call stack, 0 if it was not looked for
  uint64_t unused;
};

// What writers pass on. Between two windows of one name these are the ends of blocks, so that none that
// was allocated in a window is taken for live once it is freed.
enum state { STATE_CLOSED, STATE_OPEN, STATE_BETWEEN };

// Why the calls of a process cannot be seen.
enum reason {
  REASON_STATIC = 1,  // no loader runs it, so nothing is preloaded, and nothing is linked into it
  REASON_BARE,        // started without LD_PRELOAD or CHANNEL_VARIABLE
  REASON_PRIVILEGED,  // setuid, setgid: the loader ignores LD_PRELOAD
  REASON_ALLOCATOR,   // brings its own allocator
  REASON_OPERATORS,   // brings operators of C++ that do not call malloc
  REASON_GO,          // objects of Go come from its runtime
  REASON_JAVA,        // objects of Java come from the heap of its virtual machine
};

// A bit for each runtime with a heap of its own of which the rest is counted.
#define RUNTIME_NODE 1u

#define MOST_NOTES 64

// Which allocations have a call stack.
enum detail { STACKS_NONE, STACKS_SAMPLED, STACKS_FULL };

#define MOST_NODES (1u << 18)
#define MOST_PLACES 8191u
#define LONGEST_PLACE 248
#define PYTHON_PLACE '*'     // begins the text of one that is a function of Python; others are paths
#define NO_STACK UINT32_MAX  // of an event whose stack was looked for in vain

struct place {
  _Atomic uint32_t state;
  char text[LONGEST_PLACE];
};

// Call stacks, as a tree: a node is a number in `nodes` and 1. Its key is the node of the caller, 0 without
// one, and a frame: a place, which is a number in `places` and 1, and an address in the file.
struct stacks {
  _Atomic uint64_t nodes[MOST_NODES];
  struct place places[MOST_PLACES];
};

#define ADDRESS_BITS 32
#define PLACE_BITS 13

static inline uint64_t stack_key(uint32_t caller, uint64_t frame) {
  return (uint64_t)caller << (ADDRESS_BITS + PLACE_BITS) | frame;
}

struct note {
  _Atomic uint32_t reason;  // written last
  uint32_t process;
  char program[200];  // path, cut off
  char detail[48];    // symbol or library
};

struct channel {
  uint64_t magic;
  uint64_t capacity;      // events, a power of two
  _Atomic uint32_t state;  // enum state
  _Atomic uint32_t notes;
  _Atomic uint32_t programs;  // that began with the library, also outside of windows
  _Atomic uint32_t runtimes;  // of these programs
  _Atomic uint32_t detail;    // enum detail
  _Atomic uint32_t regions;   // enum regions: of the program that begins next
  _Alignas(64) _Atomic uint64_t reserved;  // events that writers have claimed
  _Alignas(64) _Atomic uint64_t taken;     // events that the driver has read
  _Alignas(64) struct note note[MOST_NOTES];
  _Alignas(64) struct stacks stacks;
  _Alignas(64) struct event events[];
};

static inline uint64_t channel_bytes(uint64_t capacity) {
  return sizeof(struct channel) + capacity * sizeof(struct event);
}

static inline struct event *channel_event(struct channel *channel, uint64_t position) {
  return &channel->events[position & (channel->capacity - 1)];
}

// Switches what writers pass on, before a mark is put, and after it.
static inline void channel_before_mark(struct channel *channel, enum kind kind) {
  uint32_t between = STATE_BETWEEN;
  if (kind == KIND_STOP) atomic_store(&channel->state, STATE_BETWEEN);
  if (kind == KIND_NAME) atomic_compare_exchange_strong(&channel->state, &between, STATE_CLOSED);
}

static inline void channel_after_mark(struct channel *channel, enum kind kind) {
  if (kind == KIND_START) atomic_store(&channel->state, STATE_OPEN);
}

#endif  // RULES_MEMORY_CHANNEL_H_
