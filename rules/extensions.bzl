"""The module extension `codspeed`: repositories of the pinned tools, and what modules ask for.

It reads no host facts: the same repositories are declared everywhere, and a
build fetches those that it uses.
"""

load("//rules/private:features.bzl", "reproducible_extension")
load("//rules/private:mode_settings.bzl", "REPOSITORY", "checked_mode_setting", "mode_settings_repository")
load("//rules/private:toolchains.bzl", "toolchain_repositories")
load("//rules/private:wheels.bzl", "instrument_hooks_repository")

def _mode_settings(module_ctx):
    """The settings of all modules; where two name the same one, the nearest to the root counts."""
    settings = {}
    for module in module_ctx.modules:
        for tag in module.tags.mode_setting:
            setting = str(tag.setting)
            values = checked_mode_setting(setting, tag.values | tag.list_values, "module " + module.name)
            settings.setdefault(setting, values)
    return settings

def _codspeed_impl(module_ctx):
    toolchain_repositories()
    instrument_hooks_repository()
    mode_settings_repository(
        name = REPOSITORY,
        settings = json.encode(_mode_settings(module_ctx)),
    )
    return reproducible_extension(module_ctx)

codspeed = module_extension(
    doc = "Declares the simulators' hub and spokes, and CodSpeed's hooks library.",
    implementation = _codspeed_impl,
    tag_classes = {
        "mode_setting": tag_class(
            doc = "A build setting that benchmarks are compiled by: it is set in the configuration that is measured.",
            attrs = {
                "list_values": attr.string_list_dict(
                    doc = "Value by mode, of a setting that is a list.",
                ),
                "setting": attr.label(
                    doc = "The build setting, such as `@codspeed_core//:codspeed_mode`.",
                    mandatory = True,
                ),
                "values": attr.string_dict(
                    doc = "Value by mode, such as `{\"simulation\": \"simulation\"}`.",
                ),
            },
        ),
    },
)
