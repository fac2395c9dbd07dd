#!/bin/sh
exec node "$RUNFILES_DIR/_main/sort.bench.mjs" "$@"
