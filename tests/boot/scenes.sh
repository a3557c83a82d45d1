#!/bin/bash
# Inside the container: siagad under the systemd that has just booted it. Each scene is one line of TAP with what it took; what a failed one has to
# tell follows as comments. Meja is a desk of the POC, periksa an auditor: unix users that people.d names. Orang is nobody.
set -u

PATH=/siaga/bin:/siaga/sbin:$PATH
TCP=tcp://127.0.0.1:5570
KEYS=/run/scenes.keys
# shellcheck disable=SC1091 # beside this file
. /scenes/scene.sh

emergency() { as meja siaga emergency 'Kebakaran ruko' --category fire.building --kecamatan jatiasih "$@"; }
journal() { journalctl --quiet --output=json "$@"; }
since() { date '+%Y-%m-%d %H:%M:%S'; }

over_tcp() { # COMMAND...: with the key of poc-2, as another machine would
    SIAGA_SERVER=$TCP SIAGA_CERT=$KEYS/poc-2.key "$@"
}

drop_in() { # UNIT TEXT: in force at once
    mkdir -p "/run/systemd/system/$1.d"
    printf '%s\n' "$2" > "/run/systemd/system/$1.d/scenes.conf"
    systemctl daemon-reload
}

drop_out() {
    rm -rf "/run/systemd/system/$1.d"
    systemctl daemon-reload
}

# ---- it is there when it is called

enabled() {
    systemctl enable --now siagad.socket || return
    is siagad inactive || { echo 'somebody started it already'; return 1; }
    want 'the socket' "$(stat -c '%U %G %a' /run/siaga/siagad.sock)" 'siaga siaga 660'
}

first_client() {
    emergency && is siagad active
}

nobody_else() { # people.d does not know orang; who is not in the group does not even reach the socket
    local code=0
    as orang siaga status > /dev/null 2>&1 || code=$?
    want 'the exit code' "$code" 77 || return
    code=0
    as nobody siaga status > /dev/null 2>&1 || code=$?
    want 'the exit code' "$code" 69
}

figures() { as periksa siaga status -o json > /dev/null; }

server_key() { # from /etc/credstore, through LoadCredential, to a socket of its own
    (mkdir -m 700 $KEYS && cd $KEYS && siaga cert new siagad --role server && siaga cert new poc-2 --role operator --skpd poc-112 --server-key server.pub &&
        siaga cert enrol poc-2.pub.yaml) || return
    install -D -m 600 "$KEYS/server.key" /etc/credstore/siaga.server.key && rm "$KEYS/server.key"
    systemctl stop siagad.socket siagad && systemctl enable --now siagad-tcp.socket && systemctl start siagad || return
    over_tcp siaga complaint 'Jalan berlubang' --category road.pothole --kecamatan jatiasih || return
    want 'secure' "$(as periksa siaga status -o json | jq .secure)" true
}

unreadable_key() { # nobody but this unit sees it
    local folder
    folder=$(tr '\0' '\n' < "/proc/$(pid)/environ" | sed -n 's/^CREDENTIALS_DIRECTORY=//p')
    [ -n "$folder" ] && ! as meja cat "$folder/server.key" "/proc/$(pid)/root$folder/server.key" /etc/credstore/siaga.server.key 2> /dev/null
}

# ---- what it cannot do

writable() { # PID: where its mounts may be written, but for what is the kernel's; its own /run is empty and root's
    sed -n 's/^[0-9]* [0-9]* [0-9:]* [^ ]* \([^ ]*\) rw[, ].*/\1/p' "/proc/$1/mountinfo" | grep -Ev '^/(dev|proc|run)(/|$)' | sort -u | tr '\n' ' ' | sed 's/ $//'
}

caged() {
    local p
    p=$(pid)
    want 'capabilities' "$(sed -n 's/^CapEff:\t//p' "/proc/$p/status")" 0000000000000000 || return
    want 'new privileges' "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$p/status")" 1 || return
    want 'seccomp' "$(sed -n 's/^Seccomp:\t//p' "/proc/$p/status")" 2 || return
    want 'its user' "$(stat -c %U "/proc/$p")" siaga || return
    [ "$(readlink "/proc/$p/ns/net")" != "$(readlink /proc/self/ns/net)" ] || { echo 'it is in our network'; return 1; }
    want 'networks it has' "$(grep -c ':' "/proc/$p/net/dev") $(grep -c 'lo:' "/proc/$p/net/dev")" '1 1' || return
    want 'what it could write to' "$(writable "$p")" '/tmp /var/lib/siaga /var/lib/siaga-erased /var/tmp' || return
    want 'its store' "$(stat -c '%U %a' /var/lib/siaga)" 'siaga 700'
}

score() { # as `make check` has it, of what is installed here
    systemd-analyze security --no-pager siagad.service | tail -n 1 | grep ': 0\.[0-3] '
}

# ---- it comes back

crash() { # the next client finds the socket as it was, and is answered by the next siagad
    local before
    before=$(pid) && kill -KILL "$before" || return
    emergency || return
    other_pid "$before"
}

crowd() { # restarts under load: nobody is refused, every ticket is there
    local n=0 fails=/tmp/crowd.fails
    : > "$fails"
    for n in 1 2 3 4; do
        (for i in 1 2 3 4 5 6 7 8; do emergency --key "crowd-$n-$i" >> /tmp/crowd.tickets || echo "$n-$i: $?" >> "$fails"; done) &
    done
    for n in 1 2 3; do
        sleep 0.7
        systemctl restart siagad
    done
    wait
    [ ! -s "$fails" ] || { cat "$fails"; return 1; }
    want 'tickets' "$(wc -l < /tmp/crowd.tickets)" 32 || return
    want 'tickets that are different' "$(cut -d ' ' -f 1 /tmp/crowd.tickets | sort -u | wc -l)" 32
}

frozen() { # SIGSTOP: nothing says WATCHDOG=1
    local before began
    began=$SECONDS
    before=$(pid) && kill -STOP "$before" || return
    until_true other_pid "$before" || return
    want 'the result' "$(journal -u siagad _PID=1 --since "-${PATIENCE_S}s" | jq -r 'select(.MESSAGE | test("Watchdog timeout")) | "watchdog"' | head -n 1)" watchdog || return
    echo "killed and back after $((SECONDS - began)) s"
    emergency
}

stalled() { # the reactor answers, but no commit comes through: the same end
    local before began
    drop_in siagad.service $'[Service]\nExecStart=\nExecStart=/controls/siagad --config /etc/siaga/siagad.yaml\nBindReadOnlyPaths=/controls\nExecPaths=/controls\nEnvironment=SIAGA_BREAK=stall_commit'
    systemctl restart siagad || return
    before=$(pid)
    touch /var/lib/siaga/stall
    began=$SECONDS
    as meja siaga emergency 'Di tengah macet' --category fire.building --kecamatan jatiasih --key macet-1 --timeout 2 > /dev/null 2>&1
    as periksa siaga status > /dev/null || { echo 'the reactor does not answer'; return 1; }
    until_true stalling || return
    until_true other_pid "$before" || return
    echo "killed and back after $((SECONDS - began)) s"
    rm -f /var/lib/siaga/stall
    drop_out siagad.service
    systemctl restart siagad || return
    as meja siaga emergency 'Di tengah macet' --category fire.building --kecamatan jatiasih --key macet-1
}

stalling() { [[ $(unit siagad StatusText) == 'nothing is committed: '* ]]; }

status_text() {
    local text
    text=$(unit siagad StatusText)
    echo "$text"
    [[ $text =~ ^[0-9]+\ entries,\ [0-9]+\ open\ cases,\ [0-9]+\ watches,\ fullest\ map ]]
}

# ---- it is told

reload() {
    local before after code=0
    before=$(as periksa siaga status -o json | jq -r .config_loaded_at)
    systemctl reload siagad || return
    after=$(as periksa siaga status -o json | jq -r .config_loaded_at)
    [ "$after" != "$before" ] || { echo 'not read again'; return 1; }
    echo 'nonsense: [' >> /etc/siaga/city.yaml
    systemctl reload siagad > /dev/null 2>&1 || code=$?
    sed -i '$d' /etc/siaga/city.yaml
    [ "$code" != 0 ] || { echo 'a mistake was taken'; return 1; }
    is siagad active && systemctl reload siagad
}

stop() { # within bounds, told by a line; the next client starts it again
    local began took
    began=$(now_ms)
    systemctl stop siagad || return
    took=$(($(now_ms) - began))
    [ "$took" -lt 15000 ] || { echo "it took $took ms"; return 1; }
    want 'the end' "$(unit siagad Result)" success || return
    is siagad inactive || { echo 'it runs'; return 1; }
    emergency && is siagad active
}

lines() { # alarms and words have numbers, tickets and offices as fields of their own
    local ticket
    ticket=$(as meja siaga emergency 'Tidak ada yang datang' --category fire.building --kecamatan jatiasih -o jsonl | jq -r .ticket)
    until_true told "$ticket" || return
    journal MESSAGE_ID=2929410e95d04977afdad47b6ea225f9 SIAGA_TICKET="$ticket" | head -n 1 |
        jq -r '"\(.PRIORITY) \(.SIAGA_MESSAGE) \(.SIAGA_TICKET) \(.SIAGA_SKPD) \(.SYSLOG_IDENTIFIER)"'
}

told() { [ -n "$(journal MESSAGE_ID=2929410e95d04977afdad47b6ea225f9 SIAGA_TICKET="$1")" ]; }

nothing_private() { # neither a reporter nor a secret stands in the journal of this whole run
    local word
    as meja siaga complaint 'Lampu mati' --category road.pothole --kecamatan jatiasih --name 'Siti Aminah' --phone 0812-3456-7890 \
        --mail siti@contoh.id > /dev/null || return
    sleep 0.2
    journalctl --sync
    for word in Aminah 0812-3456 81234567890 siti@contoh 'Kebakaran ruko' 'Di tengah' "$(sed -n 's/^secret: //p' $KEYS/poc-2.key)" \
        "$(sed -n 's/^secret: //p' /etc/credstore/siaga.server.key)" "$(sed -n 's/^sign: //p' /etc/credstore/siaga.server.key)"; do
        [ -n "$word" ] || { echo 'no secret to look for'; return 1; }
        ! journalctl -o export | grep -aF -- "$word" | grep -avF COMMAND= || { echo "the journal has '${word:0:9}'"; return 1; }
    done
}

# ---- it gives up

site_alarm() { # what a city would put there
    printf '#!/bin/sh\nexec logger -t kota -- "$*"\n' > /etc/siaga/alarm
    chmod 755 /etc/siaga/alarm
}

alarmed() { # CODE: told to everybody, and the site's own alarm ran
    journalctl --sync
    [ -n "$(journal MESSAGE_ID=6636e84ffb094360902d6b1bd64d31dd SIAGA_CODE="$1" PRIORITY=0)" ]
}

site_heard() { # WORDS of systemd, once
    want 'what the alarm of the site heard' "$(journal SYSLOG_IDENTIFIER=kota | jq -r .MESSAGE | grep -cxF -- "$1")" 1
}

mistake() { # exit 78: not tried again, the alarm runs, the sockets close: whoever knocks hears at once that nobody serves
    local code=0 starts
    site_alarm
    echo 'nonsense: [' >> /etc/siaga/city.yaml
    systemctl restart siagad > /dev/null 2>&1
    until_true is siagad failed || return
    until_true alarmed 78 || return
    until_true is siagad.socket inactive || return
    until_true is siagad-tcp.socket inactive || return
    want 'its end' "$(unit siagad ExecMainStatus)" 78 || return
    starts=$(unit siagad NRestarts)
    as meja siaga status --timeout 3 > /dev/null 2>&1 || code=$?
    want 'the exit code of a client' "$code" 69 || return
    sleep 2
    is siagad failed && want 'starts since' "$(unit siagad NRestarts)" "$starts" || return
    journal MESSAGE_ID=6636e84ffb094360902d6b1bd64d31dd | jq -r .MESSAGE | head -n 1
    until_true site_heard 'siagad.service exit-code 78'
}

mended() { # one command opens everything again, the socket of tcp as well
    sed -i '$d' /etc/siaga/city.yaml
    systemctl start siagad && emergency && over_tcp siaga list > /dev/null && is siagad-tcp.socket active && is siagad-down.target inactive
}

hopeless() { # a program that cannot run at all: as often as StartLimitBurst says, then the alarm
    drop_in siagad.service $'[Service]\nExecStart=\nExecStart=/controls/nosuch\nRestartSec=50ms'
    systemctl restart siagad > /dev/null 2>&1
    until_true alarmed 203 || return
    until_true is siagad failed || return
    until_true site_heard 'siagad.service exit-code 203' || return
    drop_out siagad.service
    systemctl reset-failed siagad
    systemctl start siagad && emergency
}

sealed() { # the key as OPERATE has it for a machine that may be stolen: only this one can open it
    mkdir -p /etc/credstore.encrypted
    systemd-creds encrypt --with-key=host --name=server.key /etc/credstore/siaga.server.key /etc/credstore.encrypted/siaga.server.key || return
    drop_in siagad.service $'[Service]\nLoadCredential=\nLoadCredentialEncrypted=server.key:/etc/credstore.encrypted/siaga.server.key'
    mv /etc/credstore/siaga.server.key "$KEYS/aside" && systemctl restart siagad && over_tcp siaga list > /dev/null || return
    mv "$KEYS/aside" /etc/credstore/siaga.server.key
    drop_out siagad.service
    systemctl restart siagad && over_tcp siaga list > /dev/null
}

elsewhere() { # a store on another disk: a drop-in with BindPaths=
    install -d -m 700 -o siaga -g siaga /srv/siaga /srv/siaga-erased
    sed -i 's|^store:.*|store: /srv/siaga|; s|^erasures:.*|erasures: /srv/siaga-erased|' /etc/siaga/siagad.yaml
    drop_in siagad.service $'[Service]\nBindPaths=/srv/siaga /srv/siaga-erased'
    systemctl start siagad && emergency && want 'the owner of its journal' "$(stat -c %U /srv/siaga/journal/data.mdb)" siaga || return
    systemctl stop siagad.socket siagad-tcp.socket siagad
}

all_there() { # after all that: the walk through the store
    local head
    head=$(as periksa siaga status -o json | jq .head)
    systemctl stop siagad siagad.socket siagad-tcp.socket || return
    siagad --verify-store /var/lib/siaga && echo "head $head"
}

echo '1..23'
scene 'the socket is there, siagad is not' enabled
scene 'the first client starts it and gets a ticket' first_client
scene 'a local user whom people.d does not know is turned away' nobody_else
scene 'an auditor of this machine asks for figures' figures
scene 'the key of the server is a credential, and tcp is served' server_key
scene 'nobody else reads the key' unreadable_key
scene 'it has no capability, no network, and cannot write' caged
scene 'systemd-analyze security, here' score
scene 'kill -9: the next client is answered' crash
scene 'restarts while four send: nobody is refused' crowd
scene 'status tells how it is' status_text
scene 'SIGSTOP: the watchdog ends it' frozen
scene 'a disk that hangs: the watchdog ends it' stalled
scene 'reload: the files again; with a mistake it fails and changes nothing' reload
scene 'stop, and the next client starts it' stop
scene 'an alarm has its number, ticket and SKPD in the journal' lines
scene 'nothing private in the journal' nothing_private
scene 'a mistake in the files: 78, down, alarm, sockets closed' mistake
scene 'mended and started: both sockets are open again' mended
scene 'a program that never runs: given up after StartLimitBurst' hopeless
scene 'the key sealed to this machine' sealed
scene 'the store is sound' all_there
scene 'a store on another disk' elsewhere
