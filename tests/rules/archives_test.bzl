"""The table of archives: versions, what is added, what is chosen, mirrors, installers."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# A unit test reads what it tests.
load("//rules/private/archives:archive_table.bzl", "added_row", "chosen_rows", "chosen_versions", "versions_of", "with_added")  # buildifier: disable=bzl-visibility
load("//rules/private/archives:archives.bzl", "ARCHIVES", "DEFAULTS")  # buildifier: disable=bzl-visibility
load("//rules/private/archives:installer.bzl", "installer_checksum")  # buildifier: disable=bzl-visibility
load("//rules/private/archives:mirrors.bzl", "mirrored")  # buildifier: disable=bzl-visibility
load("//rules/private/archives:requests.bzl", "ARCHIVE_DEFAULTS")  # buildifier: disable=bzl-visibility
load("//rules/private/archives:tools.bzl", "PLATFORMS", "RUN_TOOLS", "SIMULATOR", "SIMULATORS", "checked_tool")  # buildifier: disable=bzl-visibility
load("//rules/private/archives:versions.bzl", "version_key")  # buildifier: disable=bzl-visibility

# Each is higher than the one before.
_ASCENDING = [
    "3.9.0",
    "3.10.0-beta.2",
    "3.10.0-beta.11",
    "3.10.0-rc.1",
    "3.10.0",
    "3.10.0-0codspeed6",
    "3.10.0-0codspeed10",
    "3.10.0-1",
    "3.10.1",
    "4.0.0",
]

def _versions_test_impl(ctx):
    env = unittest.begin(ctx)
    asserts.equals(env, _ASCENDING, sorted(reversed(_ASCENDING), key = version_key))
    return unittest.end(env)

versions_test = unittest.make(_versions_test_impl)

def _row(version, platform = "linux_x86_64", **more):
    return {"platform": platform, "tool": "codspeed-runner", "version": version} | more

_ROWS = [_row("4.9.0"), _row("4.11.0"), _row("5.0.2"), _row("5.1.0")]
_OURS = {"codspeed-runner": "5.0.2"}

def _chosen_versions_test_impl(ctx):
    env = unittest.begin(ctx)

    def chosen(of_root, of_others):
        versions = chosen_versions(_ROWS, _OURS, of_root, [("codspeed-runner", version) for version in of_others])
        return versions["codspeed-runner"]

    asserts.equals(env, "5.0.2", chosen({}, []), "ours, if nobody asks")
    asserts.equals(env, "5.0.2", chosen({}, ["4.9.0", "4.11.0"]), "a dependency cannot lower it")
    asserts.equals(env, "5.1.0", chosen({}, ["4.9.0", "5.1.0"]), "a dependency can raise it")
    asserts.equals(env, "4.9.0", chosen({"codspeed-runner": "4.9.0"}, ["5.1.0"]), "the root can do both")
    asserts.equals(env, "5.0.2", chosen({}, ["6.0.0"]), "a row that only a dependency has")
    asserts.equals(env, ["4.9.0", "4.11.0", "5.0.2", "5.1.0"], versions_of(_ROWS, "codspeed-runner"))
    return unittest.end(env)

chosen_versions_test = unittest.make(_chosen_versions_test_impl)

def _simulators(versions):
    """Versions of the rows that are chosen, by simulator and platform."""
    chosen = chosen_rows(ARCHIVES, DEFAULTS, DEFAULTS | versions)
    return {(row["simulator"], row["platform"]): row["version"] for row in chosen if row["tool"] == SIMULATOR}

def _chosen_rows_test_impl(ctx):
    env = unittest.begin(ctx)
    for versions, codspeed in [({}, DEFAULTS[SIMULATOR]), ({SIMULATOR: "3.26.0-0codspeed3"}, "3.26.0-0codspeed3")]:
        asserts.equals(env, {
            (simulator, platform): "3.19.0-1" if simulator == "stock" else codspeed
            for simulator in SIMULATORS
            for platform in PLATFORMS
        }, _simulators(versions))

    # Nothing that the table has is chosen twice, and each tool is there.
    chosen = [row for row in chosen_rows(ARCHIVES, DEFAULTS, DEFAULTS) if row["tool"] != SIMULATOR]
    asserts.equals(
        env,
        sorted([(tool, platform) for tool in RUN_TOOLS for platform in PLATFORMS]),
        sorted([(row["tool"], row["platform"]) for row in chosen]),
    )
    return unittest.end(env)

chosen_rows_test = unittest.make(_chosen_rows_test_impl)

def _added_test_impl(ctx):
    env = unittest.begin(ctx)
    added = added_row(ARCHIVE_DEFAULTS | {
        "binary": "codspeed",
        "installer_sha256": "0123456789abcdef" * 4,
        "installer_urls": ["https://example.com/installer.sh"],
        "platform": "linux_x86_64",
        "strip_prefix": "runner",
        "tool": "codspeed-runner",
        "urls": ["https://example.com/a/runner.tar.gz"],
        "version": "4.9.0",
    }, "MODULE.bazel")
    asserts.equals(env, "runner.tar.gz", added["file"])
    asserts.equals(env, "tar.gz", added["kind"])
    asserts.equals(env, "installer.sh", added["installer"]["file"])
    replaced = with_added(_ROWS, [added])
    asserts.equals(env, len(_ROWS), len(replaced))
    asserts.equals(env, [added], [row for row in replaced if row["version"] == "4.9.0"])
    other = with_added(_ROWS, [added | {"platform": "linux_aarch64"}])
    asserts.equals(env, len(_ROWS) + 1, len(other))
    return unittest.end(env)

added_test = unittest.make(_added_test_impl)

def _tool_names_test_impl(ctx):
    env = unittest.begin(ctx)
    for name in ["codspeed-exec-harness", "exec-harness", "exec_harness"]:
        asserts.equals(env, "codspeed-exec-harness", checked_tool(name, "a test"))
    asserts.equals(env, "mongo-tracer", checked_tool("mongo_tracer", "a test"))
    asserts.equals(env, SIMULATOR, checked_tool("valgrind", "a test"))
    return unittest.end(env)

tool_names_test = unittest.make(_tool_names_test_impl)

def _mirrors_test_impl(ctx):
    env = unittest.begin(ctx)
    templates = ["https://m.example/{host}/{path}", "file:///srv/{sha256}/{file}"]
    asserts.equals(env, [
        "https://m.example/github.com/a/b/c.deb",
        "file:///srv/00ff/c.deb",
    ], mirrored("https://github.com/a/b/c.deb", "00ff", templates))
    asserts.equals(env, ["file:///srv/00ff/c.deb"], mirrored("c.deb", "00ff", templates), "a file without an address")
    asserts.equals(
        env,
        ["file:///srv/00ff/c.deb", "https://mirror.example/debian/pool/c/c.deb"],
        mirrored("pool/c/c.deb", "00ff", templates + ["https://mirror.example/debian/{path}"]),
        "a file without an address that has a place",
    )
    return unittest.end(env)

mirrors_test = unittest.make(_mirrors_test_impl)

_HASH = "0123456789abcdef" * 4
_BRANCH = """
    case "$_artifact_name" in
        "other-x86_64.tar.gz")
            _checksum_style="sha256"
            _checksum_value="{other}"
            ;;
        "tool-x86_64.tar.gz")
            _arch="x86_64-unknown-linux-musl"
            {assignments}
            ;;
        *)
            err "no such archive"
            ;;
    esac
"""

def _installer(*assignments):
    return _BRANCH.format(other = "f" * 64, assignments = "\n            ".join(assignments))

_GOOD = _installer("_checksum_style=\"sha256\"", "_checksum_value=\"{}\"".format(_HASH))

def _installer_test_impl(ctx):
    env = unittest.begin(ctx)
    archive = "tool-x86_64.tar.gz"
    asserts.equals(env, (_HASH, None), installer_checksum(_GOOD, archive))
    asserts.equals(env, (_HASH, None), installer_checksum(_installer("_zip_ext=\".tar.gz\"") + _GOOD, archive), "in the second of two branches")
    for script, words in [
        (_installer(), "carries no checksum of tool-x86_64.tar.gz"),
        (_installer("_checksum_value=\"{}\"".format(_HASH)), "of the style none"),
        (_installer("_checksum_style=\"sha512\"", "_checksum_value=\"ab\""), "sha512"),
        (_installer("_checksum_style=\"sha256\"", "_checksum_value=\"abc\""), "is abc"),
        (_GOOD + _installer("_checksum_value=\"{}\"".format("e" * 64)), " and "),
        ("<html>", "no archive"),
        ("", "no archive"),
    ]:
        sha256, problem = installer_checksum(script, archive)
        asserts.equals(env, None, sha256)
        asserts.true(env, words in problem, problem)
    _, problem = installer_checksum(_GOOD, "tool-s390x.tar.gz")
    asserts.true(env, "other-x86_64.tar.gz, tool-x86_64.tar.gz" in problem, problem)
    return unittest.end(env)

installer_test = unittest.make(_installer_test_impl)

def archives_test_suite(name):
    """Declares the tests.

    Args:
      name: name of the test suite.
    """
    unittest.suite(
        name,
        versions_test,
        chosen_versions_test,
        chosen_rows_test,
        added_test,
        tool_names_test,
        mirrors_test,
        installer_test,
    )
