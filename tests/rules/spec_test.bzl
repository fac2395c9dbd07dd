"""What the rules write for a driver: SPEC.json and the list of files to stage."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

# Written in BUILD files for what only a loaded .bzl file or the driver's marks can hold.
_SKYLIB = Label("@bazel_skylib//lib:paths").repo_name

def _filled(text, ctx):
    return (text.replace("<", "\001").replace(">", "\001")
        .replace("{main}", ctx.workspace_name)
        .replace("{skylib}", _SKYLIB))

def _written(env, suffix):
    """The content of the file that the target writes."""
    found = [
        action.content
        for action in analysistest.target_actions(env)
        for output in action.outputs.to_list()
        if output.basename.endswith(suffix)
    ]
    asserts.equals(env, 1, len(found), "actions that write *" + suffix)
    return found[0]

def _spec_test_impl(ctx):
    env = analysistest.begin(ctx)
    spec = json.decode(_written(env, ".spec.json"))
    for field, expected in json.decode(_filled(ctx.attr.fields, ctx).replace("\001", "\\u0001")).items():
        asserts.equals(env, expected, spec[field], field)
    return analysistest.end(env)

spec_test = analysistest.make(
    _spec_test_impl,
    attrs = {
        "fields": attr.string(
            doc = "JSON: some of the fields; `<` and `>` stand for the mark around a path, `{main}` and `{skylib}` for repositories.",
            mandatory = True,
        ),
    },
)

def _files_test_impl(ctx):
    env = analysistest.begin(ctx)
    lines = dict([
        line.split("\t")
        for line in _written(env, ".files").split("\n")
        if line
    ])
    for path in ctx.attr.staged:
        asserts.true(env, _filled(path, ctx) in lines, path + " is staged")

    # Without bzlmod nothing needs it, and some versions of Bazel make it all the same.
    with_bzlmod = _SKYLIB != "bazel_skylib"
    source = lines.get("_repo_mapping")
    asserts.true(env, source or not with_bzlmod, "the mapping of repository names is staged")
    if source:
        asserts.true(env, source.endswith("tests/rules/program.sh.repo_mapping"), source)
        asserts.true(env, source in _available(env), source + " is there for the driver")
    return analysistest.end(env)

def _available(env):
    """Paths by which the driver finds files: of the action's inputs, or in the test's runfiles."""
    for action in analysistest.target_actions(env):
        if action.mnemonic == "CodSpeedSimulate":
            return [f.path for f in action.inputs.to_list()]
    runfiles = analysistest.target_under_test(env)[DefaultInfo].default_runfiles
    workspace = env.ctx.workspace_name
    return [workspace + "/" + f.short_path for f in runfiles.files.to_list()]

files_test = analysistest.make(
    _files_test_impl,
    attrs = {"staged": attr.string_list(doc = "Runfiles paths that must be in the list.")},
)

def _odd_files_impl(ctx):
    files = []
    for name in ctx.attr.names:
        file = ctx.actions.declare_file(name)
        ctx.actions.write(file, "")
        files.append(file)
    return [DefaultInfo(files = depset(files))]

odd_files = rule(
    doc = "Empty files whose names a shell would take apart.",
    implementation = _odd_files_impl,
    attrs = {"names": attr.string_list(doc = "Their names.", mandatory = True)},
)
