#!/bin/bash
# The Debian packages of the commit that is checked out, with nothing in them of what lies around it.
#
#   debian/build.sh FOLDER     packages, source and SHA256SUMS go there; `make deb` calls it
#
# Built twice, in places, time zones, languages and with umasks that differ: the bytes have to be the same. Then lintian, whose errors
# and warnings end it. The date in them is that of debian/changelog.
set -eu

out=$1
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
commit=$(git rev-parse --verify --quiet HEAD) || {
    echo "debian/build.sh: $root is no git checkout, and only what is committed is packaged; here: dpkg-buildpackage -us -uc" >&2
    exit 1
}
[ -z "$(git status --porcelain)" ] || echo 'debian/build.sh: what is not committed is not packaged' >&2
version=$(dpkg-parsechangelog -S Version)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # PLACE UMASK [VARIABLE=VALUE...]
    local place=$1 mask=$2
    mkdir -p "$place/siaga-$version"
    git archive "$commit" | tar -x -C "$place/siaga-$version"
    (
        umask "$mask"
        cd "$place/siaga-$version"
        env -u MAKEFLAGS -u MFLAGS -u MAKE -u O "${@:3}" dpkg-buildpackage -us -uc -j"$(nproc)"
    ) > "$place/log" 2>&1 || {
        tail -n 20 "$place/log" | cut -c 1-300 >&2
        cp "$place/log" "$out/build.log"
        echo "debian/build.sh: the packages do not build; the whole log: $out/build.log" >&2
        exit 1
    }
    (cd "$place" && sha256sum ./*.deb ./*.dsc ./*.tar.* > SHA256SUMS)
}

rm -rf "$out"
mkdir -p "$out"
echo "siaga $version: built once ..."
build "$work/a" 022 TZ=UTC LC_ALL=C.UTF-8
echo "siaga $version: and again ..."
build "$work/another/place/farther/away" 077 TZ=Asia/Jakarta LC_ALL=C HOME=/nonexistent
cp "$work/a"/{SHA256SUMS,log,*.deb,*.dsc,*.tar.*,*.changes,*.buildinfo} "$out/"
mv "$out/log" "$out/build.log"
diff "$work/a/SHA256SUMS" "$work/another/place/farther/away/SHA256SUMS" || {
    mkdir "$out/again" && cp "$work/another/place/farther/away"/*.deb "$out/again/"
    echo "debian/build.sh: the same commit gave other bytes the second time; both are kept: $out, $out/again" >&2
    exit 1
}
lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$out"/*.changes
cat "$out/SHA256SUMS"
echo "$out: twice the same bytes, lintian has nothing to say"
