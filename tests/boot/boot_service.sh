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
longest_s=${SIAGA_BOOT_S:-400}

skip() {
    echo "1..0 # skip $*"
    exit 0
}
[ "$(id -u)" = 0 ] || skip 'only root can boot a container'
command -v systemd-nspawn > /dev/null || skip 'systemd-container is not installed'

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/out" "$stage/controls" "$stage/scenes" "$stage/etc/systemd/system-preset"
echo 'disable siaga*' > "$stage/etc/systemd/system-preset/00-scenes.preset" # it is a first boot: nothing is enabled but by the scenes

# A prefix of its own: the container sees this machine's /usr, read-only, and nothing is written there.
read -ra make <<< "${MAKE:-make}"
"${make[@]}" -s -C "$root" install O="$build" DESTDIR="$stage" prefix=/siaga unitdir=/etc/systemd/system \
    sysusersdir=/etc/sysusers.d tmpfilesdir=/etc/tmpfiles.d > "$stage/install.log" 2>&1 || { cat "$stage/install.log" >&2; exit 1; }
cp "$controls/siagad" "$stage/controls/siagad"
cp "$here/scenes.sh" "$stage/scenes/"
sed -i 's/^\(journal_size\|views_size\|persons_size\):[^#]*/\1: 64MiB /' "$stage/etc/siaga/siagad.yaml"
sed -i 's/{id: poc-1, /&user: meja, /; s/{id: inspektorat-1, /&user: periksa, /' "$stage"/etc/siaga/people.d/*.yaml
cat > "$stage/etc/systemd/system/scenes.service" << 'END'
[Unit]
Description=what is tried with siagad
After=multi-user.target
[Service]
Type=oneshot
StandardOutput=file:/out/tap
StandardError=file:/out/err
ExecStart=/bin/bash /scenes/scenes.sh
ExecStopPost=/bin/systemctl --no-block poweroff
END
cat > "$stage/etc/sysusers.d/scenes.conf" << 'END'
u meja - "a desk of the POC" /tmp /bin/bash
m meja siaga
u periksa - "an auditor" /tmp /bin/bash
m periksa siaga
u orang - "a stranger on this machine" /tmp /bin/bash
m orang siaga
END

binds=()
set +e
for folder in siaga etc/siaga etc/systemd/system etc/systemd/system-preset etc/sysusers.d etc/tmpfiles.d out scenes controls; do
    binds+=("--bind=$stage/$folder:/$folder")
done
code=0
# the name is this process's own: several may be booted at a time
timeout --kill-after=20 "$longest_s" systemd-nspawn --quiet --directory=/ --volatile=yes --private-network --register=no --keep-unit \
    --machine="siaga-boot-$$" --console=pipe "${binds[@]}" --boot systemd.firstboot=off systemd.wants=scenes.service \
    systemd.unit=multi-user.target > "$stage/console" 2>&1 < /dev/null || code=$?
if [ -s "$stage/out/tap" ]; then
    cat "$stage/out/tap"
else
    echo "Bail out! it did not boot ($code)"
    tail -n 40 "$stage/console"
fi
[ ! -s "$stage/out/err" ] || sed 's/^/# /' "$stage/out/err"
! grep -q '^not ok' "$stage/out/tap"
