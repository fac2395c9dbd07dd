"""The configuration of Debian's compiler for aarch64, which runs on x86_64."""

# buildifier: disable=bzl-visibility
load("@rules_cc//cc/private/toolchain:unix_cc_toolchain_config.bzl", "cc_toolchain_config")

# Relative names, so that no path of this machine gets into what is built.
_FLAGS = [
    "-no-canonical-prefixes",
    "-fno-canonical-system-headers",
]

def cross_compiler(name):
    """Declares the configuration, in the repository of the packages.

    Args:
      name: its name.
    """
    cc_toolchain_config(
        name = name,
        abi_libc_version = "glibc",
        abi_version = "gcc",
        compile_flags = ["-Wall"] + _FLAGS,
        compiler = "gcc",
        cpu = "aarch64",
        cxx_flags = ["-std=c++17"],
        dbg_compile_flags = ["-g"],
        host_system_name = "x86_64-linux-gnu",
        link_flags = _FLAGS[:1],
        link_libs = [
            "-lstdc++",
            "-lm",
        ],
        opt_compile_flags = [
            "-O2",
            "-DNDEBUG",
            "-ffunction-sections",
            "-fdata-sections",
        ],
        opt_link_flags = ["-Wl,--gc-sections"],
        target_libc = "glibc",
        target_system_name = "aarch64-linux-gnu",
        tool_paths = {
            "ar": "bin/ar",
            "cpp": "bin/gcc",
            "gcc": "bin/gcc",
            "gcov": "/bin/false",
            "ld": "bin/ld",
            "nm": "bin/nm",
            "objcopy": "bin/objcopy",
            "objdump": "bin/objdump",
            "strip": "bin/strip",
        },
        toolchain_identifier = "aarch64-linux-gnu",
        unfiltered_compile_flags = [
            "-Wno-builtin-macro-redefined",
            "-D__DATE__=\"redacted\"",
            "-D__TIMESTAMP__=\"redacted\"",
            "-D__TIME__=\"redacted\"",
        ],
    )
