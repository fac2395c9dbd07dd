"""Two Python functions, one of them nine times as costly, under perf's trampoline."""

import sys


def spin(count: int) -> int:
    total = 0
    for number in range(count):
        total += number * number
    return total


def hot_python_function() -> int:
    return spin(900_000)


def cold_python_function() -> int:
    return spin(100_000)


if __name__ == "__main__":
    # Of Python 3.12 or later.
    trampoline = vars(sys)["activate_stack_trampoline"]
    trampoline("perf")
    hot_python_function()
    cold_python_function()
