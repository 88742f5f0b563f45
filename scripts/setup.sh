#!/usr/bin/env bash
# Installs what opusclip needs and is missing; does nothing when all is there.
#
# usage: scripts/setup.sh [--demo | --test]
#   --demo  node and npm are wished for, not needed
#   --test  also what only the tests need: the packages below "test only" and cargo-nextest
#
# Exit status: 0 all there, 1 an installation failed, 2 something must be installed by hand.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly LIST=scripts/debian-packages.txt
readonly AGAIN='then run make again'
# What FFmpeg 5.1 calls the versions of its libraries.
readonly FFMPEG_LIBRARIES=('libavcodec 59.37' 'libavformat 59.27' 'libavfilter 8.44' 'libavutil 57.28'
    'libswscale 6.7' 'libswresample 4.7')

mode=build
case "${1-}" in
    '') ;;
    --demo) mode=demo ;;
    --test) mode=test ;;
    *) echo "setup: unknown argument '$1' (known: --demo, --test)" >&2; exit 2 ;;
esac

say() { echo "setup: $*"; }
complain() { echo "setup: $*" >&2; }

# at_least HAVE WANTED: whether dotted version HAVE is WANTED or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# version_of COMMAND: the first dotted number that `COMMAND --version` prints; fails when there is none.
version_of() {
    command -v "$1" >/dev/null 2>&1 || return 1
    local out
    out=$("$1" --version 2>/dev/null) && [[ $out =~ [0-9]+(\.[0-9]+)+ ]] && echo "${BASH_REMATCH[0]}"
}

# need COMMAND VERSION WHERE: one line when COMMAND is missing or older than VERSION.
missing=0
need() {
    local have
    if ! have=$(version_of "$1"); then
        complain "$1 $2 or newer is missing: install it from $3, $AGAIN"
    elif ! at_least "$have" "$2"; then
        complain "$1 $2 or newer is needed, this is $have: install it from $3, $AGAIN"
    else
        return 0
    fi
    missing=1
}

rust=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml)
need cargo "${rust:-1.95}" 'rustup.rs (or run: rustup update stable)'
need python3 3.10 'your distribution or python.org'
if [ "$mode" = demo ]; then
    version_of node >/dev/null || complain 'node 18 or newer is missing: the demo runs without it, make build needs it'
else
    need node 18 'your distribution or nodejs.org'
    if ! command -v npm >/dev/null 2>&1; then
        complain "npm is missing: install it from your distribution or nodejs.org, $AGAIN"
        missing=1
    fi
fi
[ "$missing" -eq 0 ] || exit 2

# The wanted packages: everything above the "test only" line, with --test everything.
packages=()
while read -r line; do
    case "$line" in
        '# test only'*) [ "$mode" = test ] || break ;;
        '' | '#'*) ;;
        *) packages+=("$line") ;;
    esac
done <"$LIST"

# ffmpeg_libraries: prints the FFmpeg libraries that are missing or too old, fails when there are any.
ffmpeg_libraries() {
    local entry lacking=()
    for entry in "${FFMPEG_LIBRARIES[@]}"; do
        pkg-config --atleast-version="${entry#* }" "${entry% *}" 2>/dev/null || lacking+=("${entry% *}")
    done
    [ "${#lacking[@]}" -eq 0 ] || { echo "${lacking[*]}"; return 1; }
}

if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then
    installed=$(dpkg-query -W -f='${binary:Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null |
        sed -n 's/^\([^: ]*\)[^ ]* installed$/\1/p') || true
    wanted=()
    for package in "${packages[@]}"; do
        grep -qxF "$package" <<<"$installed" || wanted+=("$package")
    done
    if [ "${#wanted[@]}" -gt 0 ]; then
        root=()
        if [ "$(id -u)" -ne 0 ]; then
            if ! command -v sudo >/dev/null 2>&1; then
                complain "needs root or sudo to install: ${wanted[*]}"
                exit 2
            fi
            root=(sudo)
        fi
        apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
        say "installing ${wanted[*]}"
        log=$(mktemp)
        trap 'rm -f "$log"' EXIT
        # A package index that cannot be refreshed may still be good enough: let the installation decide.
        "${apt[@]}" update >"$log" 2>&1 </dev/null || complain "apt-get update failed, trying with the index at hand"
        if ! "${apt[@]}" install -y --no-install-recommends "${wanted[@]}" >>"$log" 2>&1 </dev/null; then
            tail -n 15 "$log" >&2
            complain "apt-get could not install: ${wanted[*]}"
            exit 1
        fi
    fi
elif ! ffmpeg_libraries >/dev/null || ! command -v ffmpeg >/dev/null 2>&1; then
    say "this is not Debian; needed by Debian's names: ${packages[*]}"
fi

if ! lacking=$(ffmpeg_libraries); then
    complain "FFmpeg 5.1 or newer with its development files is needed; missing or too old: $lacking"
    exit 2
fi

if [ "$mode" = test ] && ! cargo nextest --version >/dev/null 2>&1; then
    say 'building cargo-nextest, once (some minutes)'
    cargo install --locked --quiet cargo-nextest
fi
