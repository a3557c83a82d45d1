#!/bin/bash
# siagad under a real systemd: what `make install` installs is booted in a container of this machine's own /usr (systemd-nspawn, nothing of it stays),
# with the units as they are shipped. What happens inside is scenes.sh; its lines are TAP and come out through a folder.
#
#   tests/boot/boot_service.sh       as root; SIAGA_BUILD and SIAGA_CONTROLS name what was built; `make soak` runs it
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${SIAGA_BUILD:-$root/build}
controls=${SIAGA_CONTROLS:-$build/controls}

# shellcheck disable=SC1091 # beside this file
. "$here/container.sh"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/controls" "$stage/scenes" "$stage/etc/systemd/system-preset"
echo 'disable siaga*' > "$stage/etc/systemd/system-preset/00-scenes.preset" # it is a first boot: nothing is enabled but by the scenes

# A prefix of its own: the container sees this machine's /usr, read-only, and nothing is written there.
read -ra make <<< "${MAKE:-make}"
"${make[@]}" -s -C "$root" install O="$build" DESTDIR="$stage" prefix=/siaga unitdir=/etc/systemd/system \
    sysusersdir=/etc/sysusers.d tmpfilesdir=/etc/tmpfiles.d > "$stage/install.log" 2>&1 || { cat "$stage/install.log" >&2; exit 1; }
cp "$controls/siagad" "$stage/controls/siagad"
cp "$here/scenes.sh" "$here/scene.sh" "$stage/scenes/"
sed -i 's/^\(journal_size\|views_size\|persons_size\):[^#]*/\1: 64MiB /' "$stage/etc/siaga/siagad.yaml"
sed -i 's/{id: poc-1, /&user: meja, /; s/{id: inspektorat-1, /&user: periksa, /' "$stage"/etc/siaga/people.d/*.yaml
scenes_unit scenes.sh > "$stage/etc/systemd/system/scenes.service"
cat > "$stage/etc/sysusers.d/scenes.conf" << 'END'
u meja - "a desk of the POC" /tmp /bin/bash
m meja siaga
u periksa - "an auditor" /tmp /bin/bash
m periksa siaga
u orang - "a stranger on this machine" /tmp /bin/bash
m orang siaga
END

binds=()
for folder in siaga etc/siaga etc/systemd/system etc/systemd/system-preset etc/sysusers.d etc/tmpfiles.d scenes controls; do
    binds+=("--bind=$stage/$folder:/$folder")
done
boot_scenes "$stage" --directory=/ --volatile=yes "${binds[@]}"
