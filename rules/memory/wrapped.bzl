"""Functions that a static program's references to are turned to those of `//rules/memory:wrap`."""

ALLOCATOR = [
    "aligned_alloc",
    "calloc",
    "cfree",
    "free",
    "free_aligned_sized",
    "free_sized",
    "malloc",
    "memalign",
    "posix_memalign",
    "pvalloc",
    "realloc",
    "valloc",
]

# Of jemalloc, mimalloc and tcmalloc.
EXTENSIONS = [
    "dallocx",
    "mallocx",
    "mi_calloc",
    "mi_calloc_aligned",
    "mi_free",
    "mi_free_aligned",
    "mi_free_size",
    "mi_free_size_aligned",
    "mi_malloc",
    "mi_malloc_aligned",
    "mi_malloc_small",
    "mi_mallocn",
    "mi_new",
    "mi_new_aligned",
    "mi_new_nothrow",
    "mi_realloc",
    "mi_realloc_aligned",
    "mi_zalloc",
    "mi_zalloc_aligned",
    "mi_zalloc_small",
    "rallocx",
    "sdallocx",
    "tc_calloc",
    "tc_delete",
    "tc_deletearray",
    "tc_free",
    "tc_free_sized",
    "tc_malloc",
    "tc_memalign",
    "tc_new",
    "tc_newarray",
    "tc_realloc",
]

PROCESSES = [
    "_Exit",
    "_exit",
    "execl",
    "execle",
    "execlp",
    "execv",
    "execve",
    "execveat",
    "execvp",
    "execvpe",
    "fexecve",
    "popen",
    "posix_spawn",
    "posix_spawnp",
    "system",
]

# Operators new and delete, mangled (Itanium C++ ABI, 5.1.3).
OPERATORS = [
    "_ZdaPv",
    "_ZdaPvRKSt9nothrow_t",
    "_ZdaPvSt11align_val_t",
    "_ZdaPvSt11align_val_tRKSt9nothrow_t",
    "_ZdaPvm",
    "_ZdaPvmSt11align_val_t",
    "_ZdlPv",
    "_ZdlPvRKSt9nothrow_t",
    "_ZdlPvSt11align_val_t",
    "_ZdlPvSt11align_val_tRKSt9nothrow_t",
    "_ZdlPvm",
    "_ZdlPvmSt11align_val_t",
    "_Znam",
    "_ZnamRKSt9nothrow_t",
    "_ZnamSt11align_val_t",
    "_ZnamSt11align_val_tRKSt9nothrow_t",
    "_Znwm",
    "_ZnwmRKSt9nothrow_t",
    "_ZnwmSt11align_val_t",
    "_ZnwmSt11align_val_tRKSt9nothrow_t",
]

def wrap_options(names):
    """Returns the options of the linker that wrap functions.

    Args:
      names: of the functions.
    """
    return ["-Wl,--wrap=" + name for name in names]
