#!/usr/bin/env bats
# Desks: handlers that take the work of an SKPD, die, fail, and lose nothing.
# shellcheck disable=SC2154,SC2016 # run sets status, output, stderr; $SIAGA_... is for the commands
load fixture

setup() {
    begin bekasi
    quiet_city
    sed -i 's/^work:.*/work: {lease: 5s, attempts: 5, backoff: 100ms}/' "$CITY/city.yaml"
    daemon_start
}

case_of() { siaga show "$1" -o jsonl | jq -c .case; }
pumps() { # N: so many reports for DBMSDA
    local n
    for n in $(seq 1 "$1"); do
        printf '{"kind":"report","key":"pompa-%s","title":"Pompa %s","category":"flood.pump","kecamatan":"bekasi-timur"}\n' "$n" "$n"
    done > "$DIR/pumps.jsonl"
    gives 0 import "$DIR/pumps.jsonl"
}

@test "scene 12: a handler crashes on one event five times: dead letter with reasons; the other 500 flow" {
    local done=$DIR/done dead poc=$DIR/poc
    pumps 501
    away "$poc" watch -o jsonl
    until_true watching 1
    export DONE=$done
    : > "$done"
    SIAGA_SOURCE=desk-dbmsda away "$DIR/handler" handle dbmsda --jobs 8 -- \
        sh -c 'case $SIAGA_TITLE in "Pompa 13") echo "rusak di baris 7" >&2; exit 3 ;; esac; echo "$SIAGA_TITLE" >> "$DONE"'
    until_true all_done "$done" 500
    until_true grep -q '"dead":true' "$poc"
    same "$(sort "$done" | uniq -d)" ''
    same "$(grep -c 'Pompa 13$' "$done")" 0 || true
    gives 0 dead list -o jsonl
    dead=$(jq -r .ticket <<< "$output")
    same "$(jq -r '.title' <<< "$output")" 'Pompa 13'
    same "$(jq '.failed | length' <<< "$output")" 5
    has "$(jq -r '.failed[0].reason' <<< "$output")" 'exit 3' 'rusak di baris 7'
    SIAGA_SOURCE=desk-dbmsda gives 77 dead discard "$dead" --skpd dbmsda --reason 'bukan hak meja'
    gives 65 dead requeue "$dead" --if-version 7 -m 'program diperbaiki'
    has "$stderr" E_STALE 'sekarang: ditugaskan, versi 1'
    gives 0 dead requeue "$dead" --if-version 1 -m 'program diperbaiki'
    until_true again "$dead"
    gives 0 show "$dead"
    has "$output" 'diantrekan lagi, oleh poc-1 (operator POC); alasan: program diperbaiki; catatan: program diperbaiki'
    gives 0 dead discard "$dead" --skpd dbmsda --reason 'ditangani lewat telepon'
    gives 1 dead list -o jsonl
    same "$output" ''
    same "$(case_of "$dead" | jq -r .state)" assigned # the case itself is still there
}

all_done() { [ "$(wc -l < "$1")" -ge "$2" ]; }
again() { [ "$(siaga dead list -o jsonl | jq -r .ticket)" = "$1" ]; }

@test "exit codes: 0 done, 75 later, 65 refused with the reason, others a failure" {
    local ticket rows
    pumps 3
    SIAGA_SOURCE=desk-dbmsda gives 0 handle dbmsda --count 3 -- sh -c 'case $SIAGA_TITLE in
        "Pompa 1") cat > /dev/null ;; "Pompa 2") exit 75 ;; *) echo "milik provinsi" >&2; exit 65 ;; esac'
    rows=$(siaga list --reverse -o jsonl)
    ticket=$(jq -r 'select(.title == "Pompa 1") | .ticket' <<< "$rows")
    like "$(case_of "$ticket" | jq -r .receipt_at)" '^20'
    same "$(case_of "$ticket" | jq -r .acknowledged_at)" null # no person has
    ticket=$(jq -r 'select(.title == "Pompa 3") | .ticket' <<< "$rows")
    same "$(case_of "$ticket" | jq -r '.owner + " " + .state')" 'poc-112 forwarded'
    gives 0 show "$ticket"
    has "$output" 'milik provinsi'
    ticket=$(jq -r 'select(.title == "Pompa 2") | .ticket' <<< "$rows")
    same "$(case_of "$ticket" | jq -r .receipt_at)" null
}

@test "a handler that dies: another has its work within the lease; siagad dies too" {
    local ticket got=$DIR/got
    ticket=$(report)
    export GOT=$got
    SIAGA_SOURCE=desk-dbmsda away "$DIR/one" handle dbmsda -- sh -c 'echo "$SIAGA_TICKET $SIAGA_ATTEMPT" >> "$GOT"; echo $$ > "$GOT.pid"; exec sleep 60'
    until_true test -s "$got.pid"
    kill -KILL "$(child_of "$LAST")"
    daemon_kill
    daemon_start
    SIAGA_SOURCE=desk-dbmsda gives 0 handle dbmsda --count 1 -- sh -c 'echo "$SIAGA_TICKET $SIAGA_ATTEMPT" >> "$GOT"'
    same "$(cat "$got")" "$ticket 1"$'\n'"$ticket 2"
    kill -KILL "$(cat "$got.pid")" # what it had begun outlived it
}

@test "the event comes as JSON, and what people need as environment" {
    emergency > /dev/null
    SIAGA_SOURCE=desk-disdamkarmat gives 0 handle disdamkarmat --count 1 -- sh -c 'jq -r ".title, .kecamatan"; echo "$SIAGA_TICKET $SIAGA_KIND $SIAGA_CATEGORY $SIAGA_SKPD $SIAGA_ATTEMPT"'
    has "$output" 'Kebakaran ruko Jl. Juanda'$'\n''bekasi-timur'
    like "$output" 'E-[0-9]{6}-0001-. emergency fire.building disdamkarmat 1$'
    SIAGA_SOURCE=desk-dbmsda gives 77 handle disdamkarmat --count 1 --print
    gives 65 handle nosuch --count 1 --print
}
