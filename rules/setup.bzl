"""WORKSPACE, step two: everything that loads files of the repositories of step one.

Call `codspeed_setup()` after `rules_codspeed_dependencies()`.
"""

load("@bazel_features//:deps.bzl", "bazel_features_deps")
load("@rules_python//python:repositories.bzl", "py_repositories")
load("//rules/private:host.bzl", "HOST_REPOSITORY", "host_repository")
load("//rules/private:mode_settings.bzl", "REPOSITORY", "checked_mode_setting", "mode_settings_repository")
load("//rules/private/archives:requests.bzl", "declare_tools")
load("//rules/private/wheels:wheels.bzl", "instrument_hooks_repository", "wheel_repositories")

def codspeed_setup(mode_settings = {}, versions = {}, archives = [], mirrors = []):
    """Declares the repositories of tools and wheels; fetches none.

    Args:
      mode_settings: build settings that decide how benchmarks are compiled: dict from the label
        of each, as a string, to a dict from mode to its value (a string or a list).
      versions: dict from tool to version, as in the tag `toolchain` of the module extension.
      archives: list of dicts with the attributes of the tag `archive`.
      mirrors: list of templates, as in the tag `mirror`.
    """
    bazel_features_deps()
    py_repositories()
    declare_tools("WORKSPACE", [versions], archives, mirrors)
    instrument_hooks_repository()
    host_repository(name = HOST_REPOSITORY)
    wheel_repositories()
    mode_settings_repository(
        name = REPOSITORY,
        settings = json.encode({
            setting: checked_mode_setting(setting, values, "WORKSPACE")
            for setting, values in mode_settings.items()
        }),
    )
