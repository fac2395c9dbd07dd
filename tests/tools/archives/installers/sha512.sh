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
            _checksum_style="sha512"
            _checksum_value="840f538dc5a893a2ded6deac1d0fd082e99b4c1b45b1a39e9d82cf30fb8c0c4ca4a665a52ee327cca72264e32bef7ceee66461261ad1e42228d14fa53010f0b3"
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
