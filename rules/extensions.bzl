"""The module extension `codspeed`: repositories of the pinned tools, and what modules ask for.

It reads no host facts: the same repositories are declared everywhere, and a
build fetches those that it uses. One of them, declared by host.bzl, reads the machine when it is fetched.
"""

load("//rules/private:features.bzl", "reproducible_extension")
load("//rules/private:host.bzl", "HOST_REPOSITORY", "host_repository")
load("//rules/private:mode_settings.bzl", "REPOSITORY", "checked_mode_setting", "mode_settings_repository")
load("//rules/private/archives:archive_table.bzl", "versions_of")
load("//rules/private/archives:archives.bzl", "ARCHIVES")
load("//rules/private/archives:requests.bzl", "ARCHIVE_DEFAULTS", "declare_tools")
load("//rules/private/archives:tools.bzl", "known_tool")
load("//rules/private/wheels:wheels.bzl", "instrument_hooks_repository")

def _mode_settings(module_ctx):
    """Returns the settings of all modules; where two name the same one, the one nearest to the root counts."""
    settings = {}
    for module in module_ctx.modules:
        for tag in module.tags.mode_setting:
            setting = str(tag.setting)
            values = checked_mode_setting(setting, tag.values | tag.list_values, "module " + module.name)
            settings.setdefault(setting, values)
    return settings

def _report_ignored(module):
    """Reports which tags of a dependency do nothing: what a build fetches is the root module's choice."""
    for name, tags in [("archive", module.tags.archive), ("mirror", module.tags.mirror)]:
        if tags:
            # buildifier: disable=print
            print("rules_codspeed: codspeed.{}(…) of module {} is ignored: only the root module's counts".format(name, module.name))

def _requests_of(module):
    """Returns pairs of tool and version that a dependency asks for; an unknown one is reported, and is never fatal."""
    known = []
    for tag in module.tags.toolchain:
        for name, version in tag.versions.items():
            tool = known_tool(name)
            if tool and version in versions_of(ARCHIVES, tool):
                known.append((tool, version))
                continue

            # buildifier: disable=print
            print("rules_codspeed: codspeed.toolchain(versions = {{{}: {}}}) of module {} is ignored: the table has no such row".format(
                repr(name),
                repr(version),
                module.name,
            ))
    return known

def _declare_tools(module_ctx):
    versions = []
    archives = []
    mirrors = []
    of_others = []
    owner = "MODULE.bazel"
    for module in module_ctx.modules:
        if not module.is_root:
            of_others += _requests_of(module)
            _report_ignored(module)
            continue
        owner = "MODULE.bazel of " + (module.name or "the root module")
        versions = [tag.versions for tag in module.tags.toolchain]
        archives = [{key: getattr(tag, key) for key in ARCHIVE_DEFAULTS} for tag in module.tags.archive]
        mirrors = [template for tag in module.tags.mirror for template in tag.url_templates]
    declare_tools(owner, versions, archives, mirrors, of_others)

def _codspeed_impl(module_ctx):
    _declare_tools(module_ctx)
    instrument_hooks_repository()
    host_repository(name = HOST_REPOSITORY)
    mode_settings_repository(
        name = REPOSITORY,
        settings = json.encode(_mode_settings(module_ctx)),
    )
    return reproducible_extension(module_ctx)

_toolchain = tag_class(
    doc = """Chooses versions of tools from the table in tools/archives.json.

The root module's choice counts. Otherwise the highest version counts, among our default and
what all modules ask for.""",
    attrs = {
        "versions": attr.string_dict(
            doc = "Version by tool, for example `{\"codspeed-runner\": \"4.11.0\"}`.",
            mandatory = True,
        ),
    },
)

_archive = tag_class(
    doc = """Adds an archive to the table, or replaces one. Only the root module's archives count.

To use a version that it adds, choose it with `toolchain`. Without a hash, fetching the
archive fails and prints the value to paste.""",
    attrs = {
        "binary": attr.string(
            doc = "Path of the program below `strip_prefix`; empty for `valgrind`.",
        ),
        "file": attr.string(
            doc = "Base name of the archive; the default is the last part of the first address.",
        ),
        "installer_sha256": attr.string(
            doc = "In place of `sha256`: the hash of dist's installer, which contains the hash of the archive.",
        ),
        "installer_urls": attr.string_list(
            doc = "Addresses of the installer, tried in order.",
        ),
        "platform": attr.string(
            doc = "`linux_x86_64` or `linux_aarch64`.",
            mandatory = True,
        ),
        "reported_version": attr.string(
            doc = "For `valgrind`: as `valgrind --version` prints it, without `valgrind-`.",
        ),
        "sha256": attr.string(
            doc = "SHA-256 of the archive, in hexadecimal.",
        ),
        "simulator": attr.string(
            doc = "For `valgrind`: `codspeed`, `codspeed-ubuntu-24.04` or `stock`, the value of the setting that chooses it.",
        ),
        "strip_prefix": attr.string(
            doc = "Folder in the archive to unpack; everything else is left out.",
            mandatory = True,
        ),
        "tool": attr.string(
            doc = "Name of the tool, for example `codspeed-runner`.",
            mandatory = True,
        ),
        "urls": attr.string_list(
            doc = "Addresses of the archive, tried in order.",
            mandatory = True,
        ),
        "version": attr.string(
            doc = "Version of the tool.",
            mandatory = True,
        ),
    },
)

_mirror = tag_class(
    doc = "Names mirrors, which are tried before the addresses of the table. Only the root module's mirrors count.",
    attrs = {
        "url_templates": attr.string_list(
            doc = "Addresses with `{host}`, `{path}`, `{file}` or `{sha256}`, for example `https://mirror.example/{host}/{path}`.",
            mandatory = True,
        ),
    },
)

_mode_setting = tag_class(
    doc = "Names a build setting that decides how benchmarks are compiled. It is set in the configuration that is measured.",
    attrs = {
        "list_values": attr.string_list_dict(
            doc = "Value by mode, for a setting that is a list.",
        ),
        "setting": attr.label(
            doc = "The build setting, for example `@codspeed_core//:codspeed_mode`.",
            mandatory = True,
        ),
        "values": attr.string_dict(
            doc = "Value by mode, for example `{\"simulation\": \"simulation\"}`.",
        ),
    },
)

codspeed = module_extension(
    doc = "Declares the repositories of the pinned tools, and of CodSpeed's hooks library.",
    implementation = _codspeed_impl,
    tag_classes = {
        "archive": _archive,
        "mirror": _mirror,
        "mode_setting": _mode_setting,
        "toolchain": _toolchain,
    },
)
