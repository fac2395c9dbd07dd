"""Paths of files in `args` and `env`: `$(rootpath …)` and similar functions.

A staged program cannot use what Bazel expands them to: files of other
repositories are elsewhere, repositories have canonical names, which differ
between Bazel versions, and unusual names are quoted for a shell. So each occurrence
becomes a mark around the file's runfiles path; the driver, which knows the stage,
replaces it with the staged path (measure/stage/manifest.py).
"""

load("//rules/private:errors.bzl", "error_text")
load("//rules/private:labels.bzl", "repository_name")

# Around each path. It cannot be typed, and has no meaning for shells and programs.
MARK = "\001"

# The kind of path that the driver writes for each function.
_KINDS = {
    "location": "rootpath",
    "locations": "rootpath",
    "rlocationpath": "rlocationpath",
    "rlocationpaths": "rlocationpath",
    "rootpath": "rootpath",
    "rootpaths": "rootpath",
}
_OF_THE_BUILD_MACHINE = ["execpath", "execpaths"]

def shell_words(text):
    """Undoes Bazel's quoting of paths for a shell.

    Words with unsafe characters are in single quotes, in which a single quote is
    written `'\\''`; words are separated by a blank.

    Args:
      text: what `ctx.expand_location` returned for one function.

    Returns:
      list of words.
    """
    words = [""]

    # With escaped quotes out of the way, every other part is in quotes.
    for number, part in enumerate(text.replace("'\\''", "\0").split("'")):
        first, blank, rest = (part, "", "") if number % 2 else part.partition(" ")
        words[-1] += first
        if blank:
            words.extend(rest.split(" "))
    return [word.replace("\0", "'") for word in words]

def parse_locations(text):
    """Splits a value into plain text and functions.

    `$$` stands for `$`, as everywhere in Bazel; a `$` before anything else than `(` is text.

    Args:
      text: the attribute's value.

    Returns:
      list of structs: plain text has `text`, a function has `function` and `label`,
      and a function that is not closed has `unclosed`.
    """
    parts = []
    position = 0

    # Each round ends behind a dollar sign; Starlark has no other loop.
    for _ in range(text.count("$")):
        dollar = text.find("$", position)
        if dollar < 0:
            break
        parts.append(struct(text = text[position:dollar]))
        if text.startswith("$$", dollar):
            parts.append(struct(text = "$"))
            position = dollar + 2
        elif text.startswith("$(", dollar):
            end = text.find(")", dollar)
            if end < 0:
                return parts + [struct(unclosed = text[dollar:])]
            function, _, label = text[dollar + 2:end].partition(" ")
            parts.append(struct(function = function, label = label.strip()))
            position = end + 1
        else:
            parts.append(struct(text = "$"))
            position = dollar + 1
    return parts + [struct(text = text[position:])]

def mark_locations(paths, kind, workspace_name):
    """Writes runfiles paths for the driver.

    Args:
      paths: list of runfiles paths.
      kind: `rootpath` or `rlocationpath`.
      workspace_name: `ctx.workspace_name`.

    Returns:
      a string: the marks, separated by a blank.
    """

    def staged_order(path):
        # Bazel sorts by canonical names, which would make the order depend on its version.
        repository, _, rest = path.partition("/")
        return (repository != workspace_name, repository_name(repository), rest)

    return " ".join([
        MARK + kind + ":" + path + MARK
        for path in sorted(paths, key = staged_order)
    ])

def _refuse(what, got, fix):
    fail(error_text(
        what = what,
        got = got,
        expected = "$(rootpath …), $(rlocationpath …), $(location …) or their plurals; $$ for a dollar sign",
        fix = fix,
    ))

def _check_text(text, where):
    for character in [MARK, "\0"]:
        if character in text:
            fail(error_text(
                what = where + " has a control character that no argument can contain",
                got = repr(text),
                expected = "text without \\0 and \\1",
                fix = "remove it",
            ))

def _marked(ctx, part, targets, where):
    """Replaces one function."""
    if hasattr(part, "unclosed"):
        _refuse(where + " has a function that is not closed", part.unclosed, "add the closing parenthesis")
    written = "$({} {})".format(part.function, part.label) if part.label else "$({})".format(part.function)
    if part.function in _OF_THE_BUILD_MACHINE:
        _refuse(
            where + " names a path of the build machine",
            written,
            "write $(rootpath …): the program runs in a staged runfiles tree",
        )
    if part.function not in _KINDS or not part.label:
        _refuse(
            where + " has an unknown function",
            written,
            "name a file of data, or write $$ for a literal dollar sign",
        )

    # Bazel itself refuses an unknown label, and several files where one is expected.
    plural = "s" if part.function.endswith("s") else ""
    found = ctx.expand_location("$(rlocationpath{} {})".format(plural, part.label), targets = targets)
    return mark_locations(shell_words(found), _KINDS[part.function], ctx.workspace_name)

def expand_locations(ctx, text, targets, where):
    """Replaces functions by marks for the driver.

    Args:
      ctx: the rule context.
      text: an attribute's value.
      targets: the targets whose files can be named.
      where: attribute and target, for errors.

    Returns:
      a string.
    """
    _check_text(text, where)
    return "".join([
        part.text if hasattr(part, "text") else _marked(ctx, part, targets, where)
        for part in parse_locations(text)
    ])

def plain_text(text, where):
    """Returns a value that is not expanded; fails if the driver would take it for a mark.

    Args:
      text: a value.
      where: where it comes from, for errors.

    Returns:
      the text.
    """
    _check_text(text, where)
    return text
