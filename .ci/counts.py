"""Reads how many tests a runner ran: `counts.py STATUS < LOG` prints `<passed> <failed>`.

It recognizes the closing lines of `bazel test`, and of one or more runs of Python's unittest. A
log without such a line, or a runner that failed without naming a failed test, counts as one
failure: a run that tested nothing must not look successful.
"""

from __future__ import annotations

import re
import sys


def counts(log: str, status: int) -> tuple[int, int]:
    """Returns the numbers of passed and failed tests."""
    bazel = re.search(r"^Executed \d+ out of \d+ tests?: (.*)$", log, re.M)
    ran = [int(n) for n in re.findall(r"^Ran (\d+) tests? in ", log, re.M)]
    if bazel:
        passed = sum(int(n) for n in re.findall(r"(\d+) (?:tests? )?pass", bazel[1]))
        failed = sum(int(n) for n in re.findall(r"(\d+) (?:tests? )?fail", bazel[1]))
    elif ran:
        ends = "".join(re.findall(r"^(?:OK|FAILED) (\(.*\))$", log, re.M))
        failed = sum(int(n) for n in re.findall(r"\b(?:failures|errors)=(\d+)", ends))
        skipped = sum(int(n) for n in re.findall(r"\bskipped=(\d+)", ends))
        passed = sum(ran) - failed - skipped
    else:
        return 0, 1
    if passed == 0 or (status != 0 and failed == 0):
        failed += 1
    return passed, failed


if __name__ == "__main__":
    print(*counts(sys.stdin.read(), int(sys.argv[1])))
