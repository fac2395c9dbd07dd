// How the functions that stand in for others are named, and how those are found.
//
// A preloaded library has their names, and finds them behind itself in the order of the loader. In a
// static program there is no such order: the linker's --wrap=NAME (wrapped.bzl) turns each reference
// to NAME into one to __wrap_NAME, and __real_NAME into NAME. Included before all else.

#ifndef RULES_MEMORY_NAMES_H_
#define RULES_MEMORY_NAMES_H_

#ifdef MEMORY_WRAPPED

// Never pulls an object of an archive in: NULL where nothing else does.
#define NEXT(name)                                      \
  ({                                                    \
    extern char __real_##name[] __attribute__((weak));  \
    (void *)__real_##name;                              \
  })
// Pulls it in.
#define NEEDED(name)              \
  ({                              \
    extern char __real_##name[];  \
    (void *)__real_##name;        \
  })

#define FUNCTION(name) __wrap_##name

#define malloc __wrap_malloc
#define calloc __wrap_calloc
#define realloc __wrap_realloc
#define free __wrap_free
#define cfree __wrap_cfree
#define free_sized __wrap_free_sized
#define free_aligned_sized __wrap_free_aligned_sized
#define aligned_alloc __wrap_aligned_alloc
#define memalign __wrap_memalign
#define posix_memalign __wrap_posix_memalign
#define valloc __wrap_valloc
#define pvalloc __wrap_pvalloc

#define _exit __wrap__exit
#define _Exit __wrap__Exit
#define execve __wrap_execve
#define execv __wrap_execv
#define execvpe __wrap_execvpe
#define execvp __wrap_execvp
#define execl __wrap_execl
#define execlp __wrap_execlp
#define execle __wrap_execle
#define fexecve __wrap_fexecve
#define execveat __wrap_execveat
#define posix_spawn __wrap_posix_spawn
#define posix_spawnp __wrap_posix_spawnp
#define system __wrap_system
#define popen __wrap_popen

#else

#define NEXT(name) dlsym(RTLD_NEXT, #name)
#define NEEDED NEXT
#define FUNCTION(name) name

#endif

#endif  // RULES_MEMORY_NAMES_H_
