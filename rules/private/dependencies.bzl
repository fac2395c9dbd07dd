"""Archives of the modules that the rules load from, for WORKSPACE users.

Addresses and integrity values are those of the Bazel Central Registry's
source.json files.
"""

DEPENDENCIES = {
    "bazel_features": {
        "integrity": "sha256-xBhT47Y2xTO4a/WrRlgGTmzJ2wo7zlLL/wYp4JQ0TKk=",
        "strip_prefix": "bazel_features-1.33.0",
        "urls": ["https://github.com/bazel-contrib/bazel_features/releases/download/v1.33.0/bazel_features-v1.33.0.tar.gz"],
    },
    "bazel_skylib": {
        "integrity": "sha256-vCg8381SalLDIBJ5zaS8KYZS76iYsQtNsIN9xRZSdW8=",
        "urls": ["https://github.com/bazelbuild/bazel-skylib/releases/download/1.7.1/bazel-skylib-1.7.1.tar.gz"],
    },
    "platforms": {
        "integrity": "sha256-KXQuhydYCbXlmNwvBNhpYMx6VbMGfZciHJq7yZJr/w8=",
        "urls": ["https://github.com/bazelbuild/platforms/releases/download/1.0.0/platforms-1.0.0.tar.gz"],
    },
    "rules_cc": {
        "integrity": "sha256-q8YF3YUPgTuzcAS3fbIBBqGTEalrLaHJK3idpSnSj+E=",
        "strip_prefix": "rules_cc-0.0.17",
        "urls": ["https://github.com/bazelbuild/rules_cc/releases/download/0.0.17/rules_cc-0.0.17.tar.gz"],
    },
    "rules_python": {
        "integrity": "sha256-L1woT7tOhgRcJjLTVz/ABvrLyl0foCl26J3AzVSItZA=",
        "strip_prefix": "rules_python-1.6.3",
        "urls": ["https://github.com/bazel-contrib/rules_python/releases/download/1.6.3/rules_python-1.6.3.tar.gz"],
    },
    "rules_shell": {
        "integrity": "sha256-5rh8ib0LJwOeOvLF2gEUdFLyQPddUF9baICHTzEDYwc=",
        "strip_prefix": "rules_shell-0.6.1",
        "urls": ["https://github.com/bazelbuild/rules_shell/releases/download/v0.6.1/rules_shell-v0.6.1.tar.gz"],
    },
}
