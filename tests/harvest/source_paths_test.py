"""Paths of sources, made independent of where Bazel built the program."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.harvest.source_paths import portable

CACHE = "/home/u/.cache/bazel/_bazel_u/0123456789abcdef"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/proc/self/cwd/pkg/a.c", "pkg/a.c"),
        ("/proc/self/cwd/external/fmt+/src/format.cc", "external/fmt+/src/format.cc"),
        ("/proc/self/cwd/bazel-out/k8-fastbuild/bin/pkg/gen.c", "pkg/gen.c"),
        (f"{CACHE}/execroot/_main/pkg/a.c", "pkg/a.c"),
        (f"{CACHE}/sandbox/linux-sandbox/12/execroot/_main/pkg/a.c", "pkg/a.c"),
        (f"{CACHE}/sandbox/processwrapper-sandbox/3/execroot/my_ws/pkg/a.c", "pkg/a.c"),
        (f"{CACHE}/execroot/_main/bazel-out/k8-opt/bin/a.c", "a.c"),
        (f"{CACHE}/execroot/_main/docs/execroot/x/a.c", "docs/execroot/x/a.c"),
        ("/execroot/_main/a.c", "a.c"),
        ("/usr/include/c++/12/vector", "/usr/include/c++/12/vector"),
        ("/src/execroot.c", "/src/execroot.c"),
        ("pkg/execroot/_main/a.c", "pkg/execroot/_main/a.c"),
        ("pkg/bazel-out/k8-opt/bin/a.c", "pkg/bazel-out/k8-opt/bin/a.c"),
        ("", ""),
    ],
)
def test_portable(path: str, expected: str) -> None:
    assert portable(path) == expected


@given(
    st.lists(
        st.sampled_from(
            ["/", "proc/self/cwd/", "execroot/", "_main/", "bazel-out/", "k8/bin/", "a"]
        )
    ).map("".join)
)
@settings(max_examples=200)
def test_applied_twice_it_changes_nothing_more(path: str) -> None:
    assert portable(portable(path)) == portable(path)
