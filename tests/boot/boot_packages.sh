#!/bin/bash
# The Debian packages as a city meets them, in a fresh Debian of their own that is booted (debootstrap, systemd-nspawn; nothing of it stays):
# installed, started, upgraded, removed, purged. What happens inside is packages.sh.
#
#   tests/boot/boot_packages.sh      as root, in a git checkout; `make soak` runs it
#
# SIAGA_DEBS names a folder with the packages, in old/ and new/; without it they are made. The mirror is that of this machine's own apt.
# SIAGA_BASE names a root made by debootstrap before, which is copied instead of making one.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
# shellcheck disable=SC1091 # beside this file
. "$here/container.sh"
command -v debootstrap > /dev/null || skip 'debootstrap is not installed'

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
system=$stage/system
mkdir -p "$stage/debs/old" "$stage/debs/new" "$stage/scenes"

told() { # WHAT COMMAND...: what it prints is of interest only when it fails
    "${@:2}" > "$stage/told" 2>&1 || {
        echo "Bail out! $1 failed"
        tail -n 30 "$stage/told" | cut -c 1-300
        exit 1
    }
}

# ---- the packages of this commit, and those of a version behind it

newer() {
    local tree=$stage/newer/siaga version
    version=$(dpkg-parsechangelog -S Version)+1
    mkdir -p "$tree"
    git archive HEAD | tar -x -C "$tree"
    sed -i "s/^#define SIAGA_VERSION \".*\"/#define SIAGA_VERSION \"$version\"/" "$tree/include/siaga.h"
    {
        printf 'siaga (%s) bookworm; urgency=medium\n\n  * A later one.\n\n' "$version"
        printf ' -- siaga developers <siaga@example.invalid>  %s\n\n' "$(date -R)"
        cat debian/changelog
    } > "$tree/debian/changelog"
    (cd "$tree" && env -u MAKEFLAGS -u MAKE dpkg-buildpackage -us -uc -b -j"$(nproc)") && mv "$stage"/newer/*.deb "$stage/debs/new/"
}
if [ -n "${SIAGA_DEBS:-}" ]; then
    cp "$SIAGA_DEBS"/old/*.deb "$stage/debs/old/"
    cp "$SIAGA_DEBS"/new/*.deb "$stage/debs/new/"
else
    made=${SIAGA_BUILD:-$root/build}/deb
    told 'debian/build.sh' debian/build.sh "$made"
    cp "$made"/*.deb "$stage/debs/old/"
    told 'building a newer version' newer
fi
rm -f "$stage"/debs/*/*-dbgsym_*

# ---- a Debian with what they depend on

# shellcheck disable=SC2016 # apt's own words
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' 'Component: main' | head -n 1)
if [ -n "${SIAGA_BASE:-}" ]; then
    cp -a "$SIAGA_BASE" "$system"
else
    told "debootstrap from $mirror" debootstrap --variant=minbase --include=systemd,systemd-sysv bookworm "$system" "$mirror"
fi
wanted=$(for deb in "$stage"/debs/old/*.deb; do dpkg-deb -f "$deb" Pre-Depends Depends; done |
    sed 's/^[A-Za-z-]*: //; s/,/\n/g' | sed 's/[|(].*//; s/:any//; s/ //g' | sort -u | grep -vx 'siagad\|siaga-clients\|libsiaga0\|')
# the smoke test of debian/tests wants a compiler
# shellcheck disable=SC2086 # names of packages
told 'installing what they depend on' env DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$system" \
    apt-get install -y -qq --no-install-recommends $wanted gcc libc6-dev pkgconf

cp "$here/packages.sh" "$here/scene.sh" "$root/debian/tests/smoke" "$stage/scenes/"
scenes_unit packages.sh > "$system/etc/systemd/system/scenes.service"
boot_scenes "$stage" --directory="$system" --bind-ro="$stage/debs:/debs" --bind-ro="$stage/scenes:/scenes"
