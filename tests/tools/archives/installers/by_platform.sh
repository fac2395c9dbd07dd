#!/bin/sh
# A test vector: an installer that chooses by platform and carries no checksums.
# It is read, never run.
case "$_arch" in
    "x86_64-unknown-linux-gnu")
        _artifact_name="codspeed-runner-x86_64-unknown-linux-musl.tar.gz"
        _zip_ext=".tar.gz"
        _bins="codspeed"
        ;;
esac
