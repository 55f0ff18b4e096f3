#!/usr/bin/env bash
# Puts ecslint on the path of the job: a release, checked before it is unpacked, or a build of the
# source that this script lies in. Reads ECSLINT_VERSION and ECSLINT_SHA256.
set -euo pipefail

repository=ecslint/ecslint
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$RUNNER_TEMP/ecslint-bin
mkdir -p "$bin"

fail() {
    printf '::error title=ecslint::%s\n' "$1"
    exit 2
}

if [[ ${ECSLINT_VERSION:-} == source ]]; then
    cargo install --locked --path "$root" --root "$RUNNER_TEMP/ecslint-build"
    cp "$RUNNER_TEMP/ecslint-build/bin/"ecslint* "$bin"
    printf '%s\n' "$bin" >>"$GITHUB_PATH"
    exit
fi

version=${ECSLINT_VERSION:-$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)}
version=${version#v}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] ||
    fail "'version' must be a release such as 0.1.0, or 'source'"

case $RUNNER_OS-$RUNNER_ARCH in
Linux-X64) target=x86_64-unknown-linux-musl ;;
Linux-ARM64) target=aarch64-unknown-linux-musl ;;
macOS-X64) target=x86_64-apple-darwin ;;
macOS-ARM64) target=aarch64-apple-darwin ;;
Windows-X64) target=x86_64-pc-windows-msvc ;;
*) fail "there is no release for $RUNNER_OS on $RUNNER_ARCH: set 'version' to 'source'" ;;
esac

archive=ecslint-$target.tar.gz
release=https://github.com/$repository/releases/download/v$version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch() {
    curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 \
        --output "$work/$1" "$release/$1"
}
fetch "$archive" || fail "the release $version could not be downloaded"

digest() {
    if command -v sha256sum >/dev/null; then
        sha256sum "$1"
    else
        shasum -a 256 "$1"
    fi | cut -d ' ' -f 1
}
expected=${ECSLINT_SHA256:-}
if [[ -z $expected ]]; then
    fetch SHA256SUMS || fail "the checksums of release $version could not be downloaded"
    expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$work/SHA256SUMS")
    # The checksums lie beside the archive; the attestation says who has built it.
    if command -v gh >/dev/null; then
        gh attestation verify "$work/$archive" --repo "$repository" \
            --signer-workflow "$repository/.github/workflows/release.yml" ||
            fail "the release $version is not attested by the release workflow"
    else
        printf '::warning title=ecslint::the attestation was not checked: there is no gh here\n'
    fi
fi
found=$(digest "$work/$archive")
[[ -n $expected && $found == "$expected" ]] ||
    fail "the downloaded archive has SHA-256 $found, not ${expected:-one of the release}"

tar -xzf "$work/$archive" -C "$work"
cp "$work/ecslint-$target/"ecslint* "$bin"
printf '%s\n' "$bin" >>"$GITHUB_PATH"
