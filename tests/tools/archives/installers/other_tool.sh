#!/bin/sh
# A test vector in the shape of the installers that dist 0.30 makes (spec: pins 11).
# It is read, never run.
set -u

APP_NAME="memtrack"
ARTIFACT_DOWNLOAD_URL="https://releases.example/memtrack"

usage() {
    cat <<EOF
memtrack-installer.sh installs memtrack
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
        "memtrack-x86_64-unknown-linux-gnu.tar.gz")
            _arch="x86_64-unknown-linux-gnu"
            _zip_ext=".tar.gz"
            _checksum_style="sha256"
            _checksum_value="62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a"
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
        "x86_64-unknown-linux-gnu")
            _archive="memtrack-x86_64-unknown-linux-gnu.tar.gz"
            ;;
        *)
            err "no archive for $1"
            ;;
    esac
    echo "$_archive"
}

download_and_install "$@" || exit 1
