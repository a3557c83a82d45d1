#!/usr/bin/env bats
# Status, one siagad a store, restarts, views made again, the walk through a store.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

another() { # ARGS...: a second siagad, which must not come up
    run --separate-stderr siagad -c "$CITY/siagad.yaml" "$@"
}

sums() {
    cat "$STORE"/*/data.mdb | sha256sum
}

lies_still() { # it is as it was a moment ago
    local was=$before
    before=$(sums)
    same "$before" "$was"
}

verify() { # CODE
    run --separate-stderr siagad --verify-store "$STORE"
    [ "$status" -eq "$1" ] || fail "exit $status, $1 was wanted"$'\n'"$output$stderr"
}

@test "status: for people in both languages, and whole as JSON" {
    emergency > /dev/null
    gives 65 complaint 'Jalan' --category road.potholl
    gives 0 status
    has "$output" 'siagad        0.' 'kota          Kota Bekasi' "$CITY/siagad.yaml" 'aman          TIDAK' 'nomor akhir   1' 'terbuka       1' \
        'dari 64,0 MiB'
    has "$stderr" 'sambungan tidak diamankan'
    has_not "$output" 'E_CATEGORY'
    export SIAGA_SOURCE=it-1
    gives 0 status
    has "$output" 'E_CATEGORY'
    gives 0 --lang en status
    has "$output" 'city          Kota Bekasi' 'head          1' 'of 64.0 MiB'
    gives 0 status -o json
    same "$(field 'city')" 'Kota Bekasi'
    same "$(field 'counters.stored')" 1
    same "$(field 'refused.E_CATEGORY')" 1
    same "$(field 'journal.size_bytes')" $((64 * 1024 * 1024))
    daemon_stop
    gives 69 status --timeout 1
}

@test "a second siagad on the same store: 78 at once, naming the process that has it, and nothing is changed" {
    local before=''
    emergency > /dev/null
    until_true lies_still
    SECONDS=0
    another --listen "ipc://$DIR/other"
    same "$status" 78
    [ "$SECONDS" -le 2 ] || fail "it took $SECONDS s"
    same "$(sums)" "$before"
    has "$stderr" "held by process $DAEMON;"
    emergency > /dev/null
    same "$(total)" 2
}

@test "a second siagad on the same address does not take it over: 78" {
    emergency > /dev/null
    another --store "$DIR/other"
    same "$status" 78
    has "$stderr" "ipc://$DIR/s: cannot listen"
    same "$(total)" 1
    daemon_kill # leaves the socket behind
    daemon_start
    same "$(total)" 1
}

@test "without keys it listens to this machine only: 78" {
    another --store "$DIR/other" --listen tcp://0.0.0.0:0
    same "$status" 78
    has "$stderr" 'tcp://0.0.0.0:0' 'server_key' 'siaga cert new'
    another --store "$DIR/other" --listen 'tcp://*:0'
    same "$status" 78
    another --store "$DIR/other" --listen "ipc://$DIR/nosuch/s"
    same "$status" 78
    has "$stderr" 'cannot listen'
}

@test "stop and start, kill and start: numbers, tickets and cases go on" {
    local first second third
    first=$(emergency)
    siaga move "$first" acknowledged > /dev/null
    daemon_stop
    daemon_start
    second=$(emergency)
    same "${second:0:14}" "${first:0:9}0002-"
    daemon_kill
    daemon_start
    third=$(siaga emergency 'Api' --category fire.building -o jsonl)
    same "$(jq -r .seq <<< "$third")" 4
    gives 0 show "$first"
    has "$output" 'ditugaskan -> diakui'
    gives 0 status -o jsonl
    same "$(field boot)" 3
    same "$(field head)" 4
    verify 78
    daemon_stop
    verify 0
    has "$output" '4 entries, all well'
    daemon_start
}

# Without how long it has been held by now.
as_it_stands() {
    siaga show "$1" | sed 's/: [0-9]* \(dtk\|mnt\)$//'
    siaga list
}

@test "views that are gone are made again, and that is said" {
    local ticket shown
    ticket=$(emergency)
    siaga move "$ticket" acknowledged > /dev/null
    report > /dev/null
    shown=$(as_it_stands "$ticket")
    daemon_stop
    rm -r "$STORE/views"
    daemon_start
    has "$(cat "$DIR/siagad.err")" 'views brought from 0 to 3'
    same "$(as_it_stands "$ticket")" "$shown"
    report > /dev/null
    daemon_stop
    verify 0
    has "$output" '4 entries, all well'
    daemon_start
}

@test "--verify-store names the first altered record; no store: 66" {
    report --extra 'tanda=jangan-diubah' > /dev/null
    report > /dev/null
    daemon_stop
    grep -aq jangan-diubah "$STORE/journal/data.mdb"
    LC_ALL=C sed -i 's/jangan-diubah/sudah--diubah/g' "$STORE/journal/data.mdb"
    verify 65
    has "$output" 'journal: record 1: '
    LC_ALL=C sed -i 's/sudah--diubah/jangan-diubah/g' "$STORE/journal/data.mdb"
    verify 0
    run --separate-stderr siagad --verify-store "$DIR/nosuch"
    same "$status" 66
    daemon_start
}

@test "a stop while work is in flight: what was told is there, the rest was told so" {
    for n in {1..3000}; do
        printf '{"key":"f-%d","kind":"report","title":"Laporan %d","category":"flood.pump"}\n' "$n" "$n"
    done > many.jsonl
    away receipts import many.jsonl -o jsonl --timeout 5
    until_true test -s receipts
    daemon_stop
    wait "$LAST" || true
    daemon_start
    siaga list -n 0 -o jsonl | jq -r .ticket | sort > there
    jq -r .ticket receipts | sort > receipted
    same "$(comm -13 there receipted | wc -l)" 0
    gives 0 import many.jsonl
    same "$(total)" 3000
}
