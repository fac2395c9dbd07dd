// Gives each Python function a function of machine code of its own, through which the interpreter
// evaluates its frames, so that a profiler of machine code tells Python functions apart.
//
// The interpreter calls what it is given by _PyInterpreterState_SetEvalFrameFunc (PEP 523) for each
// frame. That costs instructions, so a run with it explains, and never gives a number.
//
// Loaded by ctypes.PyDLL, and called with the interpreter's lock. No header of Python is needed:
// what is used of the interpreter is looked up by name.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

typedef void *(*evaluator)(void *thread, void *frame, int throws);

static evaluator evaluate;                 // what evaluated frames before
static void *(*code_of)(void *frame);      // returns a new reference
static void (*keep)(void *object);         // Py_IncRef
static void (*drop)(void *object);         // Py_DecRef

// 16 to the third power stubs, python_frame_000 to python_frame_fff. The statement behind the call
// keeps it from becoming a jump.
#define STUB(n)                                                      \
    void *python_frame_##n(void *thread, void *frame, int throws) {  \
        void *result = evaluate(thread, frame, throws);              \
        __asm__ volatile("" ::: "memory");                           \
        return result;                                               \
    }
#define NAME(n) python_frame_##n,
#define EACH_A(of, n) of(n##0) of(n##1) of(n##2) of(n##3) of(n##4) of(n##5) of(n##6) of(n##7) \
    of(n##8) of(n##9) of(n##a) of(n##b) of(n##c) of(n##d) of(n##e) of(n##f)
#define EACH_B(of, n) EACH_A(of, n##0) EACH_A(of, n##1) EACH_A(of, n##2) EACH_A(of, n##3) \
    EACH_A(of, n##4) EACH_A(of, n##5) EACH_A(of, n##6) EACH_A(of, n##7) EACH_A(of, n##8) \
    EACH_A(of, n##9) EACH_A(of, n##a) EACH_A(of, n##b) EACH_A(of, n##c) EACH_A(of, n##d) \
    EACH_A(of, n##e) EACH_A(of, n##f)
#define ALL(of) EACH_B(of, 0) EACH_B(of, 1) EACH_B(of, 2) EACH_B(of, 3) EACH_B(of, 4) \
    EACH_B(of, 5) EACH_B(of, 6) EACH_B(of, 7) EACH_B(of, 8) EACH_B(of, 9) EACH_B(of, a) \
    EACH_B(of, b) EACH_B(of, c) EACH_B(of, d) EACH_B(of, e) EACH_B(of, f)

ALL(STUB)
static const evaluator stubs[] = {ALL(NAME)};

enum { STUBS = sizeof stubs / sizeof *stubs };

static void *codes[STUBS];                 // of each stub; those of the table are never freed
static int taken;

// Returns the stub of a code object, or -1 where all are taken. Open addressing by its address.
static int stub_of(void *code) {
    unsigned at = (uint64_t)((uintptr_t)code >> 4) * 0x9e3779b97f4a7c15u >> 52;
    for (; codes[at % STUBS]; at++)
        if (codes[at % STUBS] == code)
            return at % STUBS;
    if (taken == STUBS - 1)                // one stays free: it ends the search
        return -1;
    taken++;
    codes[at % STUBS] = code;
    keep(code);
    return at % STUBS;
}

// Not static: a profiler needs its name, to add what it costs to its caller.
void *python_frames_evaluate(void *thread, void *frame, int throws) {
    void *code = code_of(frame);
    int stub = code ? stub_of(code) : -1;
    if (code)
        drop(code);
    return (stub < 0 ? evaluate : stubs[stub])(thread, frame, throws);
}

// Of Python 3.11, which exports nothing that reads a frame: the fifth pointer of
// _PyInterpreterFrame (Include/internal/pycore_frame.h).
static void *code_of_3_11(void *frame) {
    void *code = ((void **)frame)[4];
    keep(code);
    return code;
}

// Has the interpreter evaluate frames through stubs. Returns 0 where it cannot be done.
int python_frames_install(int minor) {
    void *(*current)(void) = dlsym(RTLD_DEFAULT, "PyInterpreterState_Get");
    evaluator (*get)(void *) = dlsym(RTLD_DEFAULT, "_PyInterpreterState_GetEvalFrameFunc");
    void (*set)(void *, evaluator) = dlsym(RTLD_DEFAULT, "_PyInterpreterState_SetEvalFrameFunc");
    keep = dlsym(RTLD_DEFAULT, "Py_IncRef");
    drop = dlsym(RTLD_DEFAULT, "Py_DecRef");
    code_of = minor == 11 ? code_of_3_11
              : dlsym(RTLD_DEFAULT, minor == 10 ? "PyFrame_GetCode" : "PyUnstable_InterpreterFrame_GetCode");
    if (!current || !get || !set || !keep || !drop || !code_of)
        return 0;
    evaluate = get(current());
    set(current(), python_frames_evaluate);
    return 1;
}

// Returns how many stubs there are.
int python_frames_count(void) { return STUBS; }

// Returns the code object of a stub, a borrowed reference; NULL where it is not taken.
void *python_frames_code(int stub) { return codes[stub]; }
