"""The files that a target's rule writes, without building what else it makes."""

_WrittenInfo = provider(
    doc = "Files whose content is known when a target is analysed.",
    fields = {"content": "dict from the name of a file to its content"},
)

def _written_aspect_impl(target, _ctx):
    content = {
        file.basename: action.content
        for action in target.actions
        if action.content != None
        for file in action.outputs.to_list()
    }
    return [_WrittenInfo(content = content)]

_written_aspect = aspect(implementation = _written_aspect_impl)

def _written_impl(ctx):
    file = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(file, ctx.attr.of[_WrittenInfo].content[ctx.attr.file])
    return [DefaultInfo(files = depset([file]))]

written = rule(
    implementation = _written_impl,
    attrs = {
        "file": attr.string(doc = "Name of the file.", mandatory = True),
        "of": attr.label(doc = "Target whose rule writes it.", aspects = [_written_aspect], mandatory = True),
    },
)
