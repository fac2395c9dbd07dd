"""host_key: the key of a machine, as a target."""

HostKeyInfo = provider(
    doc = "The key of the machine that Bazel runs on.",
    fields = {"key": "string: names and hashes of files; empty where the machine could not be read"},
)

def _host_key_impl(ctx):
    return [HostKeyInfo(key = ctx.attr.key)]

host_key = rule(
    doc = "The key of a machine, declared in the repository that reads it.",
    implementation = _host_key_impl,
    attrs = {"key": attr.string(doc = "The key.", mandatory = True)},
)
