"""Launchers: shell scripts that find the runfiles of their target and start a program in them."""

load("@bazel_skylib//lib:shell.bzl", "shell")
load(":labels.bzl", "runfiles_path")

LAUNCHER_ATTRS = {
    "_template": attr.label(
        default = "//rules/private:launcher.sh.tpl",
        allow_single_file = True,
    ),
}

def word(text):
    """Quotes a text for the launcher: names of targets may contain what a shell would expand.

    Args:
      text: any string.

    Returns:
      a word of shell syntax.
    """
    return shell.quote(text)

def word_in_runfiles(ctx, file):
    """Writes the path of a file of the runfiles for the launcher.

    Args:
      ctx: the rule context.
      file: a File.

    Returns:
      a word of shell syntax.
    """
    return word_below_runfiles(runfiles_path(file.short_path, ctx.workspace_name))

def word_below_runfiles(path):
    """Writes a path of the runfiles tree for the launcher.

    Args:
      path: of a file or folder, relative to the tree.

    Returns:
      a word of shell syntax.
    """
    return "\"$runfiles\"/" + word(path)

def write_launcher(ctx, entry, command):
    """Writes the launcher of a target.

    Args:
      ctx: a rule context with LAUNCHER_ATTRS.
      entry: File of the runfiles that is started; the folder that has it is the runfiles tree.
      command: words of shell syntax; the launcher's own arguments follow them.

    Returns:
      the launcher, a File.
    """
    launcher = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.expand_template(
        template = ctx.file._template,
        output = launcher,
        is_executable = True,
        # In this order: names that the user chose are inserted last, and are not expanded again.
        substitutions = {
            "{entry}": word(runfiles_path(entry.short_path, ctx.workspace_name)),
            "{command}": " ".join(command),
        },
    )
    return launcher
