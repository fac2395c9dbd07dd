"""The CI providers by what the run metadata calls them."""

from __future__ import annotations

from rules_codspeed.publish.ci.buildkite import BUILDKITE
from rules_codspeed.publish.ci.github import GITHUB
from rules_codspeed.publish.ci.gitlab import GITLAB

PROVIDERS = {one.kind: one for one in (BUILDKITE, GITHUB, GITLAB)}
