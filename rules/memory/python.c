// Frames of CPython's interpreter, read where its structures lie in each version that is known here.
//
// Nothing of the interpreter is called but one function that reads: each other might allocate, and change
// what is counted. Where the structures lie: Include/cpython and Include/internal of these versions.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stacks.h"

#define KNOWN (1u << 14)
#define CALLED_BY_C 3  // `owner` of a frame that only marks where C called

static const struct layout {
  const char *version;
  uint16_t of_thread, then, previous, code, owner;  // then: from there, if that is another pointer
  uint16_t name, file, line;
  uint16_t text;
} layouts[] = {
    {"3.10.", 24, 0, 24, 32, 0, 112, 104, 40, 48},
    {"3.11.", 56, 8, 48, 32, 0, 128, 112, 72, 48},
    {"3.12.", 56, 0, 8, 0, 70, 128, 112, 68, 40},
    {"3.13.", 72, 0, 8, 0, 70, 128, 112, 68, 40},
};

static const struct layout *layout;
static int is_twofold;  // the thread points to what points to the frame
static const char *(*current_thread)(void);
static const void *type_of_code;
static uintptr_t loop;

// Functions of this process: the place of the code object at an address.
static struct {
  _Atomic uintptr_t code;
  uint64_t line_and_place;
} functions[KNOWN];

uintptr_t python_loop(void) { return loop; }

void find_python(void) {
  size_t silent = silence_begins();
  const char *(*version)(void) = dlsym(RTLD_DEFAULT, "Py_GetVersion");
  *(void **)&current_thread = dlsym(RTLD_DEFAULT, "PyGILState_GetThisThreadState");
  type_of_code = dlsym(RTLD_DEFAULT, "PyCode_Type");
  void *own_loop = dlsym(RTLD_DEFAULT, "_PyEval_EvalFrameDefault");
  int is_free_threaded = dlsym(RTLD_DEFAULT, "_Py_DecRefShared") != NULL;
  dlerror();
  silence_ends(silent);
  if (!version || !current_thread || !type_of_code || is_free_threaded) return;
  const char *found = version();
  for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
    if (strncmp(found, layouts[i].version, strlen(layouts[i].version)) == 0) layout = &layouts[i];
  is_twofold = layout && (layout->of_thread == 56);
  if (layout) loop = (uintptr_t)own_loop;
}

static const char *pointer_at(const char *object, size_t offset) {
  const char *found;
  memcpy(&found, object + offset, sizeof found);
  return found;
}

// Copies a text of ASCII, or its end if it is longer; others become a question mark.
static char *copy_text(char *to, const char *text, size_t most) {
  size_t length;
  memcpy(&length, text + 16, sizeof length);
  const char *from = text + layout->text;
  size_t skipped = length > most ? length - most : 0;
  for (size_t i = 0; i < length; i++)
    if (from[i] < ' ' || from[i] > '~') return *to++ = '?', to;
  memcpy(to, from + skipped, length - skipped);
  return to + length - skipped;
}

static uint32_t new_place(const char *code, int line) {
  char text[LONGEST_PLACE], *at = text;
  *at++ = PYTHON_PLACE;
  at = copy_text(at, pointer_at(code, layout->name), 100);
  at = copy_text(at + sprintf(at, " ("), pointer_at(code, layout->file), 120);
  sprintf(at, ":%d)", line);
  return place_of(text);
}

// Returns the place of a function; a code object may be another one that had the address before.
static uint32_t function_of(const char *code) {
  int line;
  memcpy(&line, code + layout->line, sizeof line);
  if (line == 0) return 0;  // made by the interpreter
  uintptr_t address = (uintptr_t)code;
  size_t at = (address >> 4) * 0x9e3779b97f4a7c15u >> 50;
  uint64_t known = functions[at].line_and_place;
  if (atomic_load(&functions[at].code) == address && known >> 32 == (uint32_t)line) return (uint32_t)known;
  uint32_t place = new_place(code, line);
  functions[at].line_and_place = (uint64_t)(uint32_t)line << 32 | place;
  atomic_store(&functions[at].code, address);
  return place;
}

size_t python_frames(uint64_t *frames, size_t most) {
  // Of this thread: others may change theirs.
  const char *thread = layout ? current_thread() : NULL;
  if (thread == NULL) return 0;
  const char *frame = pointer_at(thread, layout->of_thread);
  if (frame && is_twofold) frame = pointer_at(frame, layout->then);
  size_t count = 0;
  for (; frame && count < most; frame = pointer_at(frame, layout->previous)) {
    if (layout->owner && frame[layout->owner] == CALLED_BY_C) continue;
    const char *code = pointer_at(frame, layout->code);
    if (code == NULL || pointer_at(code, 8) != type_of_code) continue;
    uint32_t place = function_of(code);
    if (place) frames[count++] = frame_at(place, 0);
  }
  return count;
}
