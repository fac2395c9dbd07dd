"""`$(rootpath …)` and its kin are found in a text, and what Bazel quotes for a shell is read back."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# A unit test reads what it tests.
load("//rules/private/measure:locations.bzl", "mark_locations", "parse_locations", "shell_words")  # buildifier: disable=bzl-visibility

# As Bazel's ShellEscaper writes them.
_QUOTED = {
    "''": [""],
    "''\\''' b": ["'", "b"],
    "''\\''a' ''\\''\\'\\''b c'": ["'a", "'\\'b c"],
    "'\\' '\\'": ["\\", "\\"],
    "'_main/a b'": ["_main/a b"],
    "'_main/a b' '_main/it'\\''s'": ["_main/a b", "_main/it's"],
    "'_main/a$b' _main/c": ["_main/a$b", "_main/c"],
    "'rules~/a'": ["rules~/a"],
    "_main/a": ["_main/a"],
    "_main/a _main/b": ["_main/a", "_main/b"],
}

def _shell_words_test_impl(ctx):
    env = unittest.begin(ctx)
    for quoted, words in _QUOTED.items():
        asserts.equals(env, words, shell_words(quoted), quoted)
    return unittest.end(env)

shell_words_test = unittest.make(_shell_words_test_impl)

def _shown(part):
    if hasattr(part, "text"):
        return part.text
    if hasattr(part, "unclosed"):
        return ["unclosed", part.unclosed]
    return [part.function, part.label]

def _parse_locations_test_impl(ctx):
    env = unittest.begin(ctx)
    for text, expected in {
        "": [],
        "$": ["$"],
        "$$": ["$"],
        "$$$": ["$", "$"],
        "$$$$(rootpath a)": ["$", "$", "(rootpath a)"],
        "$$$(rootpath a)": ["$", ["rootpath", "a"]],
        "$$(rootpath a)": ["$", "(rootpath a)"],
        "$()": [["", ""]],
        "$(location)": [["location", ""]],
        "$(nope)$HOME": [["nope", ""], "$", "HOME"],
        "$(rlocationpaths @a//b:c)$(location :d)": [["rlocationpaths", "@a//b:c"], ["location", ":d"]],
        "$(rootpath  a b )!": [["rootpath", "a b"], "!"],
        "$(rootpath a$b)": [["rootpath", "a$b"]],
        "--x=$(rootpath a),$(rootpath b": ["--x=", ["rootpath", "a"], ",", ["unclosed", "$(rootpath b"]],
        "a b": ["a b"],
    }.items():
        found = [_shown(part) for part in parse_locations(text)]
        asserts.equals(env, expected, [part for part in found if part], text)
    return unittest.end(env)

parse_locations_test = unittest.make(_parse_locations_test_impl)

def _mark_locations_test_impl(ctx):
    env = unittest.begin(ctx)
    asserts.equals(env, "\001rootpath:_main/a b\001", mark_locations(["_main/a b"], "rootpath", "_main"))

    # The main repository first, then by the names that repositories were declared by.
    orders = {
        "_main": ["Z~/a", "_main/b", "_main/c", "a~~ext~x/d", "e+/a"],
        "ws": ["Z/a", "e/a", "ws/b", "ws/c", "x/d"],
    }
    for workspace, paths in orders.items():
        asserts.equals(
            env,
            [".b", ".c", "Z.a", "e.a", "x.d"],
            [
                _without_canonical_name(mark, workspace)
                for mark in mark_locations(paths, "rlocationpath", workspace).split(" ")
            ],
        )
    return unittest.end(env)

def _without_canonical_name(mark, workspace):
    repository, _, rest = mark.strip("\001").removeprefix("rlocationpath:").partition("/")
    if repository == workspace:
        return "." + rest
    return repository.rstrip("~+").split("~")[-1] + "." + rest

mark_locations_test = unittest.make(_mark_locations_test_impl)

def locations_test_suite(name):
    """Declares the tests of this file.

    Args:
      name: name of the suite.
    """
    unittest.suite(
        name,
        shell_words_test,
        parse_locations_test,
        mark_locations_test,
    )
