#!/bin/sh
# A test vector in the shape of the installers that dist 0.30 makes (spec: pins 11).
# It is read, never run.
set -u

APP_NAME="codspeed-runner"
ARTIFACT_DOWNLOAD_URL="https://releases.example/codspeed-runner"

usage() {
    cat <<EOF
codspeed-runner-installer.sh installs codspeed-runner
EOF
}

download_and_install() {
    for arg in "$@"; do
        case "$arg" in
            --help)
                usage
                exit 0
                ;;
        esac
    done

    _artifact_name="$(select_archive "$(uname -m)-unknown-linux-musl")"
    case "$_artifact_name" in
        "codspeed-runner-x86_64-unknown-linux-musl.tar.gz")
            _arch="x86_64-unknown-linux-musl"
            _zip_ext=".tar.gz"
            _checksum_style="sha256"
            _checksum_value="0ab411b09e0dd30b0c85d1b5c2b35f38b128b2d814ef042d393dfac3e81c270b"
            _bins="codspeed"
            _bins_js_array='"codspeed"'
            _updater_name=""
            _updater_bin=""
            ;;
        "codspeed-runner-x86_64-unknown-linux-musl.tar.gz")
            _arch="x86_64-unknown-linux-musl"
            _zip_ext=".tar.gz"
            _checksum_style="sha256"
            _checksum_value="d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
            _bins="codspeed"
            _bins_js_array='"codspeed"'
            _updater_name=""
            _updater_bin=""
            ;;
        *)
            err "no such archive: $_artifact_name"
            ;;
    esac

    fetch "$ARTIFACT_DOWNLOAD_URL/$_artifact_name" archive
    check archive "$_checksum_style" "$_checksum_value"
}

select_archive() {
    case "$1" in
        "x86_64-unknown-linux-musl")
            _archive="codspeed-runner-x86_64-unknown-linux-musl.tar.gz"
            ;;
        *)
            err "no archive for $1"
            ;;
    esac
    echo "$_archive"
}

download_and_install "$@" || exit 1
