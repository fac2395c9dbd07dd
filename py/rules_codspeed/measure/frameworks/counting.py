"""How a static program comes to count its allocations: rules/memory/wrapped.bzl."""

COUNT_BY_ITSELF = (
    'let its cc_binary have malloc = "@rules_codspeed//rules/memory:wrap", or link it dynamically '
    "(no -static, no fully_static_link)"
)
"""What to do about a static program whose memory is to be measured."""
