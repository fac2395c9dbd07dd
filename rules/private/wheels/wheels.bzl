"""Declares the repositories of locked wheels, for bzlmod and WORKSPACE in the same way.

Users do not see them: under bzlmod their names are visible in this module only, and in
WORKSPACE mode they share the prefix `codspeed_py`. Each is fetched when a build
needs it.
"""

load(":instrument_hooks.bzl", "instrument_hooks")
load(":wheel_repository.bzl", "wheel_hub", "wheel_repository")
load(":wheels_lock.bzl", "WHEELS")

# Label of a package: @codspeed_py//:<package>.
_HUB = "codspeed_py"

def wheel_repositories(dev = True):
    """Declares one repository per package and platform, and the hub over them.

    Args:
      dev: whether to declare what only tests and benchmarks of this repository need.
    """
    wheels = {name: wheel for name, wheel in WHEELS.items() if dev or not wheel["dev"]}
    for name, wheel in wheels.items():
        for platform, files in wheel["files"].items():
            wheel_repository(
                name = "{}__{}".format(_HUB, name) + ("" if platform == "any" else "__" + platform),
                package = name,
                version = wheel["version"],
                files = files,
                deps = ["@{}//:{}".format(_HUB, dep) for dep in wheel["deps"]],
            )
    wheel_hub(
        name = _HUB,
        packages = {name: wheel["files"].keys() for name, wheel in wheels.items()},
    )

def instrument_hooks_repository():
    """Declares @codspeed_instrument_hooks: CodSpeed's C hooks library."""
    wheel = WHEELS["pytest_codspeed"]

    # The sources are the same in the wheels of all Pythons and platforms.
    filename, sha256 = wheel["files"]["linux_x86_64"].items()[0]
    instrument_hooks(
        name = "codspeed_instrument_hooks",
        version = wheel["version"],
        filename = filename,
        sha256 = sha256,
    )
