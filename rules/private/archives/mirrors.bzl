"""Mirrors: addresses that are tried before those of the table."""

load("//rules/private:errors.bzl", "error_text")
load(":archive_table.bzl", "is_safe")

_PLACES = ["{host}", "{path}", "{file}", "{sha256}"]

def checked_template(template, owner):
    """Fails unless a mirror's template names a different address for different files.

    Args:
      template: an address with `{host}`, `{path}`, `{file}` or `{sha256}` in it.
      owner: the file that names it, for the error.

    Returns:
      the template.
    """
    if type(template) != "string":
        fail(error_text(
            what = "the mirror that {} names cannot be used".format(owner),
            got = "a " + type(template),
            expected = "a string",
            fix = "write a list of templates",
        ))
    rest = template
    for place in _PLACES:
        rest = rest.replace(place, "")
    named = [place for place in ["{path}", "{file}", "{sha256}"] if place in template]
    if not is_safe(template) or not named or "{" in rest or "}" in rest:
        fail(error_text(
            what = "the mirror that {} names cannot be used".format(owner),
            got = repr(template) if "@" not in template else "one with a user name",
            expected = "https:// or file:///, with {path}, {file} or {sha256}, optionally {host}, and no user name: ~/.netrc is for that",
            fix = "write a template like \"https://mirror.example/{host}/{path}\"",
        ))
    return template

def mirrored(url, sha256, templates):
    """Returns where mirrors have the file of an address.

    Args:
      url: the file's own address; if it has no public one, its path in mirrors, or its name alone.
      sha256: its SHA-256, in hexadecimal.
      templates: checked templates. Those with `{host}` are left out for a file without an address, and
        those with `{path}` for one without a path.

    Returns:
      a list of addresses, in the order of the templates.
    """
    host, _, path = url.partition("://")[2].partition("/")
    if "://" not in url and "/" in url:
        path = url
    return [
        template
            .replace("{host}", host)
            .replace("{path}", path)
            .replace("{file}", url.rpartition("/")[2])
            .replace("{sha256}", sha256)
        for template in templates
        if (host or "{host}" not in template) and (path or "{path}" not in template)
    ]
