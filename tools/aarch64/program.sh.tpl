#!/bin/sh
# Runs a packaged program with the packaged libraries. The C library is the machine's own.
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
root=$here/../root
export LD_LIBRARY_PATH="$root/usr/lib/x86_64-linux-gnu"
export PATH="$root/usr/bin:$PATH"
export QEMU_MODULE_DIR="$root/usr/lib/x86_64-linux-gnu/qemu"
exec "$root/%{program}" "$@"
