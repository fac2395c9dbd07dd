"""What docs/api is generated from: the documentation in Starlark, extracted by Bazel, and two tables."""

load("@bazel_skylib//rules:write_file.bzl", "write_file")
load("//rules/settings:settings.bzl", "SETTINGS")
load("//tools:toolchain_types.bzl", "TOOLCHAIN_TYPES")

# Each is a file of //rules, with a target of the same name.
PUBLIC_FILES = [
    "defs",
    "extensions",
    "providers",
    "repositories",
    "setup",
    "toolchain",
]

def extracted_docs(name):
    """Extracts the documentation of all public files.

    Args:
      name: name of the group of files: `<file>.textproto` for each public file (the message
        ModuleInfo of Bazel's stardoc_output.proto) and tables.json.
    """
    for file in PUBLIC_FILES:
        native.starlark_doc_extract(
            name = file,
            src = "//rules:{}.bzl".format(file),
            deps = ["//rules:" + file] + (["@rules_python_bzl//:repositories"] if file == "setup" else []),
        )
    write_file(
        name = "tables",
        out = "tables.json",
        content = [json.encode_indent({
            "settings": SETTINGS,
            "toolchain_types": TOOLCHAIN_TYPES,
        }), ""],
    )
    native.filegroup(
        name = name,
        srcs = [file + ".textproto" for file in PUBLIC_FILES] + [":tables"],
        visibility = [
            "//tests/tools/api:__pkg__",
            "//tools/api:__pkg__",
        ],
    )
