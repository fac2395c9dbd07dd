"""The sanitizers of GCC and Clang, as programs show them."""

from __future__ import annotations

from typing import NamedTuple


class Sanitizer(NamedTuple):
    """A sanitizer.

    Attributes:
      name: as its documentation calls it.
      option: the value of `-fsanitize=`.
      feature: of Bazel's C++ toolchains that switches it on; empty if there is none.
      marks: how names begin that are in a string table of each program that is built with it: of a
        function of its runtime, or of the runtime's library.
      simulated: whether such a program runs under Valgrind.
      allocates: whether its runtime has an allocator in place of the C library's.
    """

    name: str
    option: str
    feature: str
    marks: tuple[bytes, ...]
    simulated: bool
    allocates: bool


SANITIZERS = (
    # It checks that its runtime is loaded first, and places its shadow memory where Valgrind is.
    Sanitizer(
        "AddressSanitizer", "address", "asan", (b"__asan_init\0", b"libasan.so."), False, True
    ),
    Sanitizer(
        "HWAddressSanitizer", "hwaddress", "", (b"__hwasan_init\0", b"libhwasan.so."), False, True
    ),
    Sanitizer("MemorySanitizer", "memory", "msan", (b"__msan_init\0",), False, True),
    # At the end it stops all threads, for which it waits in the simulator for ever.
    Sanitizer("LeakSanitizer", "leak", "lsan", (b"__lsan_init\0", b"liblsan.so."), False, True),
    Sanitizer("ThreadSanitizer", "thread", "tsan", (b"__tsan_init\0", b"libtsan.so."), True, True),
    Sanitizer(
        "UndefinedBehaviorSanitizer",
        "undefined",
        "ubsan",
        (b"__ubsan_handle_", b"libubsan.so."),
        True,
        False,
    ),
)
