#!/bin/bash
# Inside the container: a Debian that has never seen siaga, as far as it matters here, and the packages in /debs/old and /debs/new. Each
# scene is one line of TAP. Meja is a desk of the POC.
set -u

# shellcheck disable=SC1091 # beside this file
. /scenes/scene.sh
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
UNITS='siagad.service siagad.socket siagad-tcp.socket siaga-backup.timer siaga-digest-daily.timer siaga-digest-monthly.timer'

emergency() { as meja siaga emergency 'Kebakaran ruko' --category fire.building --kecamatan jatiasih "$@"; }
shown() { as meja siaga show "$(cat /run/ticket)" > /dev/null; }
city() { find /etc/siaga -type f -exec sha256sum {} + | sort; }
state() { dpkg-query -W -f='${db:Status-Status}' "$1" 2> /dev/null; }
socket() { stat -c '%i %W' /run/siaga/siagad.sock; }
says() { grep -qF -- "$1" <<< "$said" || { echo "it does not say '$1' but: $said"; return 1; }; } # what a command left in `said`

# ---- installed

installed() { # and that is all: no city, nobody serves
    local unit
    said=$(dpkg -i /debs/old/*.deb 2>&1) || { echo "$said"; return 1; }
    says 'there is no city in /etc/siaga yet' || return
    for unit in siagad siaga-clients libsiaga0 libsiaga-dev python3-siaga; do
        want "the state of $unit" "$(state $unit)" installed || return
    done
    for unit in $UNITS; do
        want "$unit" "$(systemctl is-active "$unit") $(systemctl is-enabled "$unit")" 'inactive disabled' || return
    done
    want 'what is in /etc/siaga' "$(ls -A /etc/siaga)" '' || return
    want 'the store' "$(stat -c '%U %G %a' /var/lib/siaga)" 'siaga siaga 700' || return
    want 'the folder of the socket' "$(stat -c '%U %G %a' /run/siaga)" 'siaga siaga 750'
}

told_of() { # where a city's people look first
    local file
    for file in /usr/share/man/man1/siaga.1.gz /usr/share/man/id/man1/siaga.1.gz /usr/share/man/man8/siagad.8.gz /usr/share/man/man5/siagad.yaml.5.gz \
        /usr/share/bash-completion/completions/siaga /usr/share/zsh/vendor-completions/_siaga /usr/share/doc/siagad/README.Debian* \
        /usr/share/doc/siagad/examples/bekasi/siagad.yaml; do
        [ -s "$file" ] || { echo "$file is not there"; return 1; }
    done
    while read -r file; do
        [ -s "$file" ] || { echo "a unit names $file, which is not there"; return 1; }
    done < <(sed -n 's|^Documentation=file:/*|/|p' /lib/systemd/system/sia* /usr/lib/systemd/user/siaga*)
}

smoke() { sh /scenes/smoke; }

# ---- started, by the two lines of README.Debian

started() {
    cp -rT /usr/share/siaga/etc/bekasi /etc/siaga || return
    sed -i 's/^\(journal_size\|views_size\|persons_size\):[^#]*/\1: 64MiB /' /etc/siaga/siagad.yaml
    sed -i 's/{id: poc-1, /&user: meja, /' /etc/siaga/people.d/poc.yaml
    useradd -M -G siaga meja || return
    systemctl enable --now siagad.socket siagad || return
    is siagad active || return
    said=$(emergency) || { echo "$said"; return 1; }
    echo "${said%% *}" > /run/ticket
    shown
}

backed_up() {
    systemctl start siaga-backup || { journalctl -u siaga-backup --no-pager -n 10; return 1; }
    ls /var/lib/siaga-backup/siaga-*.backup
}

# ---- upgraded

upgraded() { # while somebody sends: nobody is refused, nothing of the city is touched, the store goes on
    local before files door n fails=/run/upgrade.fails
    before=$(pid) files=$(city) door=$(socket)
    : > "$fails"
    (for n in 1 2 3 4 5 6 7 8 9 10; do emergency --key "upgrade-$n" --timeout 60 > /dev/null 2>> "$fails" || echo "$n: $?" >> "$fails"; sleep 0.3; done) &
    said=$(dpkg -i /debs/new/*.deb 2>&1) || { echo "$said"; return 1; }
    wait
    [ ! -s "$fails" ] || { cat "$fails"; return 1; }
    other_pid "$before" || { echo 'siagad was not restarted'; return 1; }
    want 'the program that runs' "$(readlink "/proc/$(pid)/exe")" /usr/sbin/siagad || return
    want 'the socket' "$(socket)" "$door" || return
    want 'the files of the city' "$(city)" "$files" || return
    want 'enabled' "$(systemctl is-enabled siagad siagad.socket siagad-tcp.socket | tr '\n' ' ')" 'enabled enabled disabled ' || return
    siagad --version && shown
}

unfit() { # the new version does not take the files: the old one serves on
    local before
    before=$(pid)
    echo 'nonsense: [' >> /etc/siaga/city.yaml
    said=$(dpkg -i /debs/new/siagad_*.deb 2>&1) || { echo "$said"; return 1; }
    sed -i '$d' /etc/siaga/city.yaml
    says 'the old one goes on serving' && says 'city.yaml:' || return
    want 'its process' "$(pid)" "$before" || return
    systemctl restart siagad && shown
}

at_rest() { # who stopped it, for work on the store, has it stopped
    systemctl stop siagad.socket siagad || return
    said=$(dpkg -i /debs/new/siagad_*.deb 2>&1) || { echo "$said"; return 1; }
    want 'states' "$(systemctl is-active siagad siagad.socket | tr '\n' ' ')" 'inactive inactive ' || return
    systemctl start siagad.socket siagad && shown
}

# ---- removed, put back

removed() {
    local files code=0
    files=$(city)
    said=$(dpkg -r siagad 2>&1) || { echo "$said"; return 1; }
    want 'siagad' "$(systemctl is-active siagad siagad.socket | tr '\n' ' ')" 'inactive inactive ' || return
    as meja siaga status --timeout 3 > /dev/null 2>&1 || code=$?
    want 'the exit code of a client' "$code" 69 || return
    want 'the files of the city' "$(city)" "$files" || return
    [ -s /var/lib/siaga/journal/data.mdb ] || { echo 'the store is gone'; return 1; }
    ! nothing_but "$OTHERS" > /dev/null || { echo 'what is left is not seen'; return 1; } # of the scenes of a purge, the control
}

put_back() {
    said=$(dpkg -i /debs/new/siagad_*.deb 2>&1) || { echo "$said"; return 1; }
    want 'enabled' "$(systemctl is-enabled siagad siagad.socket | tr '\n' ' ')" 'enabled enabled ' || return
    systemctl start siagad.socket siagad && shown || return
    systemctl stop siagad.socket siagad
    siagad --verify-store /var/lib/siaga
}

# ---- purged

nothing_but() { # PATTERN: of the package siagad, or made by it, nothing else is there
    local found
    found=$(find / -xdev \( -path /debs -o -path /scenes -o -path /proc -o -path /sys -o -path /out -o -path /tmp -o -path /var/log \) -prune \
        -o \( -iname '*siaga*' -o -xtype l -path '/etc/systemd/*' \) -print | grep -Ev "$1" | grep -v '^/run/systemd/')
    [ -z "$found" ] || { echo "left: $found"; return 1; }
}
OTHERS='/usr/bin/siaga$|libsiaga|siaga-clients|siaga-flush|siaga_outbox|siaga\.(h|pc|py)|/(bash-completion|zsh|man|python3|locale)/|^/usr/share/siaga(/docs.*)?$|python3-siaga'

purged() { # nobody said that the store may go
    local file
    said=$(dpkg -P siagad 2>&1) || { echo "$said"; return 1; }
    says 'kept, for the package did not bring it' && says /var/lib/siaga-backup || return
    for file in /var/lib/siaga/journal/data.mdb /etc/siaga/siagad.yaml; do
        [ -s "$file" ] || { echo "$file is gone"; return 1; }
    done
    nothing_but "$OTHERS|^(/etc/siaga|/var/lib/siaga(-erased|-backup|-digest)?)(/|$)"
}

goes_on() { # and siagad finds it all again
    said=$(dpkg -i /debs/new/siagad_*.deb 2>&1) || { echo "$said"; return 1; }
    systemctl start siagad.socket siagad && shown
}

destroyed() { # somebody said so
    install -D -m 600 /dev/null /etc/credstore/siaga.server.key
    echo 'siagad siagad/purge-store boolean true' | debconf-set-selections || return
    said=$(dpkg -P siagad 2>&1) || { echo "$said"; return 1; }
    nothing_but "$OTHERS" || return
    want 'the user' "$(id -un siaga)" siaga
}

never_used() { # installed and purged, with no city in between: nothing to ask, nothing stays
    said=$(dpkg -i /debs/new/siagad_*.deb 2>&1 && dpkg -P siagad 2>&1) || { echo "$said"; return 1; }
    ! says 'kept, for' > /dev/null && nothing_but "$OTHERS"
}

all_gone() {
    said=$(dpkg -P python3-siaga libsiaga-dev libsiaga0 siaga-clients 2>&1) || { echo "$said"; return 1; }
    nothing_but '^$'
}

echo '1..15'
scene 'installed: no city, nobody serves, nothing is enabled' installed
scene 'the manual, the words for the shells, what units name' told_of
scene 'program, library and Python client work together' smoke
scene 'started by two lines, a ticket' started
scene 'a backup' backed_up
scene 'upgraded under load: restarted, nobody refused, the city untouched' upgraded
scene 'an upgrade that does not take the files: the old one serves on' unfit
scene 'an upgrade of a siagad that was stopped: it stays stopped' at_rest
scene 'removed: stopped, the store stays' removed
scene 'put back: enabled as it was, the store sound, the ticket there' put_back
scene 'purged without a word: the store stays, and it says so' purged
scene 'installed again: it goes on' goes_on
scene 'purged with a word: nothing stays' destroyed
scene 'purged before it had a city: nothing stays' never_used
scene 'all of it purged' all_gone
