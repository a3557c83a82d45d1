# shellcheck shell=bash
# What the scripts inside a container share (bash): scenes, each a line of TAP, and what is asked of systemd.

PATIENCE_S=60
count=0

scene() { # NAME COMMAND...: ok when the command succeeds
    local name=$1 said began
    shift
    began=$(now_ms)
    count=$((count + 1))
    if said=$("$@" 2>&1); then
        echo "ok $count $name ($(($(now_ms) - began)) ms)"
    else
        echo "not ok $count $name ($(($(now_ms) - began)) ms)"
    fi
    [ -z "$said" ] || printf '%s\n' "$said" | tail -n 25 | sed 's/^/#   /'
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

until_true() { # COMMAND...
    local by=$((SECONDS + PATIENCE_S))
    until "$@"; do
        [ "$SECONDS" -lt "$by" ] || { echo "never came true: $*"; return 1; }
        sleep 0.1
    done
}

want() { # WHAT A B: the same
    [ "$2" = "$3" ] || { echo "$1 is '$2', not '$3'"; return 1; }
}

unit() { systemctl show --property="$2" --value "$1"; } # UNIT PROPERTY
is() { [ "$(systemctl is-active "$1")" = "$2" ]; }      # UNIT STATE
pid() { unit siagad MainPID | grep -v '^0$'; }
other_pid() { [ "$(pid)" != "$1" ] && is siagad active; }
as() { setpriv --reuid="$1" --regid="$(id -g "$1")" --init-groups -- "${@:2}"; } # USER COMMAND...
