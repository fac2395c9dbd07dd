"""script: the smallest program that a rule can make."""

def _script_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(program, "#!/bin/sh\n", is_executable = True)
    return [DefaultInfo(executable = program)]

script = rule(
    doc = "A shell script that does nothing.",
    implementation = _script_impl,
    executable = True,
)
