"""What is observed beside time: the servers that a program talks to."""

load("//rules/private:errors.bzl", "error_text")
load(":stage.bzl", "benchmark_label")

# By instrument: the attribute that names the variable with the address of the server. What the
# variable holds is a secret, which the driver asks for where it runs.
_VARIABLES = {
    "mongodb": "mongo_uri_env_name",
    "postgres": "postgres_dsn_env_name",
}

# A program's integration may name its server to the tracer.
_OPTIONAL = ["mongodb"]

INSTRUMENT_ATTRS = {
    "instruments": attr.string_list(
        doc = "What is observed beside time: `mongodb`, `postgres`.",
    ),
    "mongo_tracer": attr.label(
        doc = "The tracer that stands between the program and MongoDB.",
        allow_files = True,
        cfg = config.exec("measure"),
        executable = True,
    ),
    "mongo_uri_env_name": attr.string(
        doc = "Name of the variable with the address of the MongoDB server.",
    ),
    "postgres_dsn_env_name": attr.string(
        doc = "Name of the variable with the connection string of a superuser of PostgreSQL.",
    ),
}

def _checked(ctx):
    once = {name: None for name in ctx.attr.instruments}
    if len(once) < len(ctx.attr.instruments) or [name for name in once if name not in _VARIABLES]:
        fail(error_text(
            what = "instruments of {} cannot be used".format(benchmark_label(ctx)),
            got = repr(ctx.attr.instruments),
            expected = "each once, of " + repr(_VARIABLES.keys()),
            fix = "correct the attribute instruments",
        ))
    if ctx.attr.instruments and ctx.attr.unwinding == "dwarf":
        fail(error_text(
            what = "the recording of {} would hold secrets".format(benchmark_label(ctx)),
            got = "unwinding = \"dwarf\", which copies the program's stack and with it its environment",
            expected = "frame pointers beside an instrument",
            fix = "set unwinding to fp or auto",
        ))
    if ctx.attr.mongo_uri_env_name and ctx.attr.mongo_uri_env_name == ctx.attr.postgres_dsn_env_name:
        fail(error_text(
            what = "one variable of {} names two servers".format(benchmark_label(ctx)),
            got = ctx.attr.mongo_uri_env_name,
            expected = "a variable for each instrument",
            fix = "give mongo_uri_env_name and postgres_dsn_env_name different names",
        ))
    for name, attribute in _VARIABLES.items():
        variable = getattr(ctx.attr, attribute)
        if name in _OPTIONAL and not variable:
            continue
        if (name in ctx.attr.instruments) != bool(variable):
            fail(error_text(
                what = "{} of {} goes with the instrument {}".format(attribute, benchmark_label(ctx), name),
                got = "instruments = {} and {} = {}".format(repr(ctx.attr.instruments), attribute, repr(variable)),
                expected = "both or neither",
                fix = "name the variable, or remove it",
            ))

def instrument_fields(ctx):
    """Returns the field `instruments` of the benchmark's description.

    Args:
      ctx: the context of a measuring rule.

    Returns:
      a list of dicts of JSON values.
    """
    _checked(ctx)
    return [
        {"name": name, "variable": getattr(ctx.attr, _VARIABLES[name])}
        for name in ctx.attr.instruments
    ]

def with_network(ctx):
    """Returns the requirements of an action that reaches a server; None where there is none.

    Args:
      ctx: the context of a measuring rule.

    Returns:
      a dict of strings, or None.
    """
    return {"requires-network": ""} if ctx.attr.instruments else None

def instrument_inputs(ctx):
    """Returns what the driver needs of the machine that measures: options, and files.

    Args:
      ctx: the context of a measuring rule.

    Returns:
      a struct of `options`, a dict from options of the driver to Files, and `files`, a depset.
    """
    tracer = ctx.attr.mongo_tracer
    if not tracer:
        return struct(options = {}, files = depset())
    return struct(
        options = {"--mongo-tracer": ctx.executable.mongo_tracer},
        files = tracer[DefaultInfo].default_runfiles.files,
    )
