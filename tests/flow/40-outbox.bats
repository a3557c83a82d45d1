#!/usr/bin/env bats
# The outbox: what cannot be sent now waits on this machine's disk, is shown, and comes to one event each, in order.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

setup() {
    begin bekasi
    quiet_city
    export SIAGA_SOURCE=field-dbmsda-2
    BOX=$DIR/.local/state/siaga/outbox
}

spooled() { # TITLE ARGS...: a report while nobody is there
    siaga report "$@" --category flood.pump --kecamatan bekasi-timur --spool --timeout 0.1 2> /dev/null
}

waiting() { siaga outbox -o jsonl | jq -s '[.[] | select(.state == "queued")] | length'; }

titles() { # what siagad has, in its order
    SIAGA_SOURCE=poc-1 siaga list --reverse -n 0 -o jsonl | jq -r .title
}

files() { # PATTERN: how many
    find "$BOX" -name "$1" | wc -l
}

@test "siagad away: queued, said so, exit 0; shown with its reason; sent in order by flush, once each" {
    gives 0 report 'Pompa 1' --category flood.pump --spool --timeout 0.1 --name Budi --phone 081234567890
    like "$output" '^diantrekan  nomor 1  kunci [0-9a-f-]{36}$'
    has "$stderr" 'aman di disk ini, belum di siagad' 'siaga flush' "ipc://$DIR/s"
    gives 0 --lang en report 'Pompa 2' --category flood.pump --spool --timeout 0.1
    like "$output" '^queued  number 2  key [0-9a-f-]{36}$'
    gives 0 report 'Pompa 3' --category flood.pump --spool --timeout 0.1 --key lap-3 -o jsonl
    same "$(field 'state + " " + .key + " " + (.number | tostring) + " " + (.code | tostring)')" 'queued lap-3 3 69'
    has_not "$output" Budi
    gives 0 outbox
    like "$output" 'menunggu.*3x.*laporan.*Pompa 1.*tidak dapat terhubung'
    same "$(lines "$output")" 4
    has_not "$output" Budi 0812
    gives 69 flush --timeout 0.1
    has "$stderr" 'apakah siagad berjalan' '3 masih menunggu'
    same "$(siaga outbox -o jsonl | jq -r '[.number, .tries, .state] | join(" ")')" $'1 4 queued\n2 3 queued\n3 2 queued'
    same "$(stat -c %a "$BOX" "$BOX"/*.event | sort -u)" $'600\n700'
    grep -q 081234567890 "$BOX"/*1.event
    daemon_start
    gives 0 flush
    same "$(lines "$output")" 3
    like "$output" '^R-[0-9]{6}-0001-.  diterima  dbmsda'
    has "$stderr" '3 terkirim'
    same "$(titles)" $'Pompa 1\nPompa 2\nPompa 3'
    run ! grep -rq 081234567890 "$BOX"
    gives 1 outbox
    gives 0 flush
    same "$output" ''
    gives 0 report 'Pompa 3' --category flood.pump --key lap-3
    has "$output" 'sudah ada'
    same "$(total)" 3
}

@test "who did not ask for it is told 69 as ever, and nothing is kept" {
    gives 69 report 'Pompa' --category flood.pump --timeout 0.1
    has "$stderr" 'ulangi dengan: --key'
    SIAGA_SPOOL=always gives 69 report 'Pompa' --category flood.pump --timeout 0.1 --no-spool
    [ ! -e "$BOX" ] || fail "it made $BOX"
}

@test "field staff have it unless told otherwise: their key says who they are" {
    siaga cert new field-dbmsda-2 --role field --skpd dbmsda 2> /dev/null
    siaga cert new poc-1 --role operator 2> /dev/null
    SIAGA_CERT=$DIR/field-dbmsda-2.key gives 0 report 'Pompa' --category flood.pump --timeout 0.1
    like "$output" '^diantrekan'
    SIAGA_CERT=$DIR/poc-1.key SIAGA_SOURCE=poc-1 gives 69 report 'Pompa' --category flood.pump --timeout 0.1
    SIAGA_SPOOL=never SIAGA_CERT=$DIR/field-dbmsda-2.key gives 69 report 'Pompa' --category flood.pump --timeout 0.1
    SIAGA_SPOOL=always SIAGA_CERT=$DIR/poc-1.key SIAGA_SOURCE=poc-1 gives 0 emergency 'Api' --timeout 0.1
    SIAGA_SPOOL=perhaps gives 78 list
    same "$(waiting)" 2
}

@test "a refusal of the data or of the sender is an error as ever: 65, 77, nothing is kept" {
    daemon_start
    gives 65 report 'Pompa' --category no.such --spool
    SIAGA_SOURCE=walikota gives 77 report 'Pompa' --category flood.pump --spool
    gives 1 outbox
    daemon_stop
    spooled 'Pompa 1' > /dev/null
    daemon_start
    gives 65 report 'Pompa' --category no.such --spool # behind one that waits
    has "$stderr" E_CATEGORY '1 terkirim'
    gives 1 outbox
    same "$(titles)" 'Pompa 1'
}

@test "the next call sends what waits first, and gives its own ticket" {
    spooled 'Pompa 1' > /dev/null
    spooled 'Pompa 2' > /dev/null
    daemon_start
    gives 0 report 'Pompa 3' --category flood.pump --spool
    like "$output" '^R-[0-9]{6}-0003-.  diterima'
    has "$stderr" 'antrean: 2 terkirim'
    same "$(titles)" $'Pompa 1\nPompa 2\nPompa 3'
    gives 1 outbox
}

@test "an emergency passes the reports that wait, and they follow it" {
    spooled 'Pompa 1' > /dev/null
    siaga emergency 'Api 1' --category fire.building --spool --timeout 0.1 > /dev/null 2>&1
    siaga emergency 'Api 2' --category fire.building --spool --timeout 0.1 > /dev/null 2>&1
    spooled 'Pompa 2' > /dev/null
    daemon_start
    gives 0 flush
    same "$(titles)" $'Api 1\nApi 2\nPompa 1\nPompa 2'
    daemon_stop
    spooled 'Pompa 3' > /dev/null
    daemon_start
    gives 0 emergency 'Api 3' --category fire.building --spool
    like "$output" '^E-'
    same "$(titles | tail -n 2)" $'Api 3\nPompa 3'
}

deaf_line() { # between the tools and siagad: what goes there goes on, what comes back is lost while the file `deaf` is there
    touch deaf
    export SIAGA_SERVER=ipc://$DIR/line
    /usr/bin/python3 - "$DIR" 3>&- << 'END' &
import os, sys, zmq
there, line, folder = zmq.Context.instance().socket(zmq.DEALER), zmq.Context.instance().socket(zmq.ROUTER), sys.argv[1]
line.bind(f"ipc://{folder}/line")
there.connect(f"ipc://{folder}/s")
poller, peer = zmq.Poller(), None
poller.register(there, zmq.POLLIN), poller.register(line, zmq.POLLIN)
while True:
    for socket, _ in poller.poll():
        if socket is line:
            peer, message = line.recv_multipart()
            there.send(message)
        elif message := there.recv():
            os.path.exists(f"{folder}/deaf") or line.send_multipart([peer, message])
END
    LINE=$!
}

one_there() { [ "$(SIAGA_SERVER=ipc://$DIR/s SIAGA_SOURCE=poc-1 siaga list --count)" = 1 ]; }

@test "the line drops behind it: it may be there or not; queued under its key it is one event" {
    daemon_start
    deaf_line
    gives 0 report 'Pompa 1' --category flood.pump --spool --timeout 2 -o jsonl
    same "$(field 'state + " " + (.code | tostring)')" 'queued 75'
    until_true one_there
    gives 75 flush --timeout 1
    rm deaf
    gives 0 flush
    has "$output" 'sudah ada'
    has "$stderr" '1 terkirim (1 sudah ada)'
    same "$(titles)" 'Pompa 1'
    kill "$LINE"
}

@test "told to come again: queued, and what is behind it waits, too" {
    sed -i 's/per_minute: [0-9]*/per_minute: 3/' "$CITY/siagad.yaml"
    daemon_start
    local n
    for n in 1 2 3; do
        gives 0 report "Pompa $n" --category flood.pump --spool
        like "$output" '^R-'
    done
    gives 0 report 'Pompa 4' --category flood.pump --spool --timeout 0.5 -o jsonl
    same "$(field 'state + " " + .verdict')" 'queued E_RATE'
    gives 0 report 'Pompa 5' --category flood.pump --spool --timeout 0.5
    like "$output" '^diantrekan'
    gives 75 flush --timeout 0.5
    has "$stderr" E_RATE '2 masih menunggu'
    sed -i 's/per_minute: 3/per_minute: 6000/' "$CITY/siagad.yaml"
    daemon_stop
    daemon_start
    gives 0 flush
    same "$(titles)" $'Pompa 1\nPompa 2\nPompa 3\nPompa 4\nPompa 5'
}

@test "refused in the end: shown with the reason, holding nobody up; retried, dropped" {
    spooled 'Pompa 1' > /dev/null
    gives 0 report 'Pompa 2' --category no.such --spool --timeout 0.1
    spooled 'Pompa 3' > /dev/null
    daemon_start
    gives 1 flush
    has "$stderr" 'nomor 2:' E_CATEGORY '1 ditolak siagad'
    same "$(titles)" $'Pompa 1\nPompa 3'
    gives 0 outbox
    like "$output" '2 ditolak .*Pompa 2.*kategori'
    same "$(lines "$output")" 2
    gives 0 --lang en outbox -o json
    same "$(jq -r '.[0].state + " " + .[0].verdict + " " + .[0].refusal.code' <<< "$output")" 'refused E_CATEGORY E_CATEGORY'
    gives 0 outbox retry 2
    has "$output" 'menunggu lagi' 'Pompa 2'
    gives 1 flush
    gives 0 outbox drop all
    has "$output" dibuang
    gives 1 outbox
    gives 1 outbox drop 2
    has "$stderr" 'nomor 2 tidak ada'
    gives 64 outbox drop
    gives 64 outbox drop dua
    gives 64 outbox lst
    has "$stderr" 'maksudnya list'
    same "$(spooled 'Pompa 4' | cut -c 1-2)" R- # a number is not given twice, and what is sent is not queued
}

@test "who may not send any more is told so; what was promised before waits, and nothing is added to it" {
    spooled 'Pompa 1' --key k-1 > /dev/null
    sed -i 's/id: field-dbmsda-2, role: field/id: field-dbmsda-2, role: media/' "$CITY/people.d/field.yaml"
    SIAGA_SOURCE=poc-1 daemon_start
    gives 77 report 'Pompa 2' --category flood.pump --spool
    has "$stderr" E_ROLE
    gives 77 report 'Pompa 1' --category flood.pump --kecamatan bekasi-timur --spool --key k-1 # the same again
    gives 77 flush
    gives 0 outbox -o jsonl
    same "$(field 'key + " " + .state + " " + .verdict')" 'k-1 queued E_ROLE'
    cp "$ROOT/etc/bekasi/people.d/field.yaml" "$CITY/people.d/field.yaml"
    daemon_stop
    daemon_start
    gives 0 flush
    same "$(titles)" 'Pompa 1'
}

@test "a damaged file is named and set aside, never sent, and holds nobody up; one of a newer siaga is left alone" {
    local n
    for n in 1 2 3 4; do spooled "Pompa $n" > /dev/null; done
    sed -i 's/Pompa 2/Pompa X/' "$BOX/0000000002.event"
    head -c 100 "$BOX/0000000003.event" > x && cat x > "$BOX/0000000003.event"
    printf 'siaga-outbox 2\nwhatever' > "$BOX/0000000005.event"
    chmod 600 "$BOX"/*
    daemon_start
    gives 1 flush
    has "$stderr" '2 rusak dan tidak dikirim' '1 masih menunggu'
    same "$(titles)" $'Pompa 1\nPompa 4'
    gives 0 outbox
    like "$output" '2 rusak .*bukan yang dulu ditulis'
    like "$output" '5 tak terbaca .*perbarui alat siaga'
    same "$(files '*.damaged') $(files '*.event')" '2 1'
    gives 65 outbox retry 2
    gives 0 outbox drop 2 3
    gives 0 report 'Pompa 6' --category flood.pump --spool
    like "$output" '^R-'
}

@test "a folder that others may look into is refused: 78, but an emergency goes out all the same" {
    spooled 'Pompa 1' > /dev/null
    chmod 750 "$BOX"
    gives 78 report 'Pompa 2' --category flood.pump --spool --timeout 0.1
    has "$stderr" 'chmod 700' '--key' '(keluar 78)'
    same "$(lines "$stderr")" 1
    gives 78 outbox
    gives 78 flush
    daemon_start
    gives 0 emergency 'Api' --category fire.building --spool
    like "$output" '^E-'
    has "$stderr" 'antrean tidak dapat dipakai'
    chmod 700 "$BOX"
    chmod 644 "$BOX/0000000001.event"
    gives 1 flush
    has "$stderr" '1 rusak dan tidak dikirim'
    same "$(titles)" Api
    chmod 600 "$BOX/0000000001.event"
    gives 0 flush
    same "$(titles)" $'Api\nPompa 1'
}

no_room() { # a report on a disk that takes no byte more
    (ulimit -f 0 && in_time "$BUILD/siaga" report 'Pompa 2' --category flood.pump --spool --timeout 0.1 2>&1)
}

@test "a disk without room: one clear line, the key, 74, and nothing half-written" {
    spooled 'Pompa 1' > /dev/null
    local said code=0
    said=$(no_room) || code=$?
    same "$code" 74
    same "$(lines "$said")" 1
    has "$said" 'disk penuh' 'tidak diantrekan' 'ulangi dengan: --key ' '(keluar 74)'
    same "$(files '*.new')" 0
    same "$(waiting)" 1
    said=$(SIAGA_LANG=en no_room) || true
    has "$said" 'the disk is full' 'not queued' 'repeat with: --key '
    local key=${said##*--key }
    daemon_start
    gives 0 report 'Pompa 2' --category flood.pump --spool --key "${key%% *}"
    same "$(titles)" $'Pompa 1\nPompa 2'
}

@test "many tools and two flushes at once: nothing lost or doubled, each tool's order kept" {
    local who n pid tools=()
    for who in a b c; do
        (for n in {1..6}; do spooled "$who $n" > /dev/null || echo bad >> failures; done) 3>&- &
        tools+=($!)
    done
    until_true test -e "$BOX/0000000004.event"
    daemon_start
    for n in 1 2; do
        siaga flush > /dev/null 2>&1 3>&- &
        tools+=($!)
    done
    for pid in "${tools[@]}"; do wait "$pid" || true; done
    gives 0 flush
    [ ! -e failures ] || fail 'one was not taken'
    gives 1 outbox
    titles > there
    same "$(wc -l < there)" 18
    for who in a b c; do same "$(grep "^$who" there | cut -d ' ' -f 2 | tr -d '\n')" 123456; done
}

@test "each goes where it was meant for; --server sends all to another address" {
    spooled 'Pompa 1' > /dev/null
    SIAGA_SERVER=ipc://$DIR/old spooled 'Pompa 2' > /dev/null
    SIAGA_SOURCE=field-dlh-1 spooled 'Sampah' > /dev/null
    daemon_start
    gives 0 report 'Pompa 3' --category flood.pump --spool
    has "$(titles)" 'Pompa 1'$'\n''Pompa 3'
    same "$(waiting)" 2
    SIAGA_SERVER='' SIAGA_SOURCE='' gives 69 flush --timeout 0.3 # the timer knows nothing of the shell
    same "$(titles)" $'Pompa 1\nPompa 3\nSampah'
    gives 0 flush --server "ipc://$DIR/s"
    same "$(titles)" $'Pompa 1\nPompa 3\nSampah\nPompa 2'
    SIAGA_SOURCE=poc-1 gives 0 list -o jsonl
    gives 1 outbox
}

@test "a file that is imported while siagad goes away: the rest is queued, in order" {
    local n
    for n in {1..300}; do printf '{"kind":"report","title":"Pompa %d","category":"flood.pump"}\n' "$n"; done > many.jsonl
    gives 69 import many.jsonl --timeout 0.2
    [ ! -e "$BOX" ] || fail 'nobody asked for it'
    gives 0 import many.jsonl --spool --timeout 0.2
    has "$stderr" '300 diantrekan' 'sisanya diantrekan'
    same "$(files '*.event')" 300
    daemon_start
    gives 0 flush
    has "$stderr" '300 terkirim'
    same "$(titles)" "$(jq -r .title many.jsonl)"
    gives 0 import many.jsonl --spool # the same file, again
    has "$stderr" '0 tersimpan, 300 sudah ada'
    same "$(total)" 300
}

# ---- scene 3

power_fails() { # PID: of an at_time in the background; all of it is gone at once
    local group # that of `timeout`, which leads one
    group=$(child_of "$1") || true
    kill -KILL "$1" || true
    [ -z "$group" ] || kill -KILL -- "-${group% }" || true
    wait "$1" || true
}

fast_at() { # MINUTES VERB ARGS...: on a machine whose clock is 20 minutes fast, so many minutes ago
    at_time "$(printf '%+dm' $((20 - $1)))" "${BUILD%/asan-ubsan}/siaga" "${@:2}" # the plain build: it starts faster
}

@test "scene 3: an officer without signal for six hours, his clock 20 minutes fast, the laptop restarted twice: 40 reports, in order" {
    local n rows more
    for n in {1..40}; do
        more=()
        [ $((n % 10)) -ne 0 ] || more=(--occurred now) # by his clock: the last one will happen in 20 minutes
        if [ "$n" = 14 ] || [ "$n" = 27 ]; then # the battery is empty while he sends: he does not know, and sends it again
            fast_at $((369 - n * 9)) report "Ketinggian air $n" --category flood.pump --spool --timeout 5 --key "air-$n" > /dev/null 2>&1 3>&- &
            sleep "0.$n"
            power_fails $!
        fi
        fast_at $((369 - n * 9)) report "Ketinggian air $n" --category flood.pump --spool --timeout 0.05 --key "air-$n" "${more[@]}" > /dev/null 2> said || fail "$? at $n: $(cat said)"
    done
    same "$(waiting)" 40
    daemon_start # he is back; the first try dies, too
    fast_at 0 flush > /dev/null 2>&1 3>&- &
    sleep 0.3
    power_fails $!
    fast_at 0 flush > /dev/null 2>&1
    gives 1 outbox
    rows=$(SIAGA_SOURCE=poc-1 siaga list --reverse -n 0 -o jsonl)
    same "$(jq -r .title <<< "$rows")" "$(printf 'Ketinggian air %d\n' {1..40})"
    # honest times: when he meant to send, by his clock; late by how long it lay, not by how wrong the clock is
    same "$(jq -r 'select(.flags | index("clock_skew")) | .title' <<< "$rows" | wc -l)" 40
    same "$(jq -r 'select(.flags | index("late")) | .title' <<< "$rows" | wc -l)" 34
    SIAGA_SOURCE=poc-1 gives 0 show "$(jq -r .ticket <<< "$rows" | head -n 1)" -o jsonl
    local ago=$(($(date +%s) - $(date -d "$(field case.sent_at)" +%s)))
    [ "$ago" -gt 20000 ] && [ "$ago" -lt 21600 ] || fail "sent $ago s ago"
}

@test "the timer: its unit is whole" {
    command -v systemd-analyze > /dev/null || skip 'no systemd here'
    mkdir units run
    cp "$ROOT"/systemd/user/siaga-flush.* units
    sed -i "s|/usr/bin/siaga|$BUILD/siaga|" units/siaga-flush.service
    XDG_RUNTIME_DIR=$DIR/run run systemd-analyze --user verify "$DIR/units/siaga-flush.timer" "$DIR/units/siaga-flush.service"
    same "$status $output" '0 '
    sed -i 's/^OnUnitInactiveSec=.*/OnUnitInactiveSec=now and then/' units/siaga-flush.timer # control
    XDG_RUNTIME_DIR=$DIR/run run systemd-analyze --user verify "$DIR/units/siaga-flush.timer"
    has "$output" 'Failed to parse timer value'
}
