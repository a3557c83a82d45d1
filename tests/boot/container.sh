# shellcheck shell=bash
# What the scripts that boot a container share (bash): systemd-nspawn with a network of its own, scenes that run in it as a unit once it is
# up, and their lines of TAP, which come out through a folder.

skip() {
    echo "1..0 # skip $*"
    exit 0
}
[ "$(id -u)" = 0 ] || skip 'only root can boot a container'
command -v systemd-nspawn > /dev/null || skip 'systemd-container is not installed'

scenes_unit() { # SCRIPT of /scenes: the unit scenes.service that plays it
    cat << END_OF_UNIT
[Unit]
Description=what is tried with siagad
After=multi-user.target
[Service]
Type=oneshot
StandardOutput=file:/out/tap
StandardError=file:/out/err
ExecStart=/bin/bash /scenes/$1
ExecStopPost=/bin/systemctl --no-block start poweroff.target
END_OF_UNIT
}

boot_scenes() { # STAGE OPTION...: boots what the options name, tells what the scenes said in STAGE/out; ends with 1 if one failed
    local stage=$1 code=0
    shift
    mkdir -p "$stage/out"
    # the name is this process's own: several may be booted at a time
    timeout --kill-after=20 "${SIAGA_BOOT_S:-400}" systemd-nspawn --quiet --private-network --register=no --keep-unit \
        --machine="siaga-boot-$$" --console=pipe --bind="$stage/out:/out" "$@" --boot systemd.firstboot=off systemd.wants=scenes.service \
        systemd.unit=multi-user.target > "$stage/console" 2>&1 < /dev/null || code=$?
    if [ -s "$stage/out/tap" ]; then
        cat "$stage/out/tap"
    else
        echo "Bail out! it did not boot ($code)"
        tail -n 40 "$stage/console"
    fi
    [ ! -s "$stage/out/err" ] || sed 's/^/# /' "$stage/out/err"
    [ -s "$stage/out/tap" ] && ! grep -q '^not ok' "$stage/out/tap"
}
