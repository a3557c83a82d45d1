#!/usr/bin/env bats
# Sending one event: what comes back, what is refused, what a repeat is.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

TICKET='^[ECR]-[0-9]{6}-[0-9]{4,}-[A-Z]'

@test "an emergency: one line, the ticket first, then who has it and by when" {
    gives 0 emergency 'Kebakaran ruko' --category fire.building --kecamatan 'Bekasi Timur'
    same "$(lines "$output")" 1
    like "$output" "${TICKET}  diterima  disdamkarmat  \+dinkes \+ext-polres  akui<=.* selesai<="
    gives 0 --lang en emergency 'Kebakaran ruko' --category fire.building --at=-6.2384,107.0006
    like "$output" "${TICKET}  received  disdamkarmat .* ack<=.* resolve<="
}

@test "complaint and report: tickets of their kinds, an owner each" {
    gives 0 complaint 'Lubang belum ditambal' --category road.pothole
    like "$output" '^C-.*  diterima  dbmsda'
    gives 0 report Genangan 40 cm --category drainage.blocked
    like "$output" '^R-.*  diterima  dbmsda'
    gives 0 show 2 -o jsonl
    same "$(field case.title)" 'Genangan 40 cm'
}

@test "-o jsonl gives the receipt" {
    gives 0 report 'Pompa jalan' --category flood.pump -o jsonl
    same "$(lines "$output")" 1
    same "$(field seq)" 1
    same "$(field owner)" dbmsda
    same "$(field duplicate)" false
    like "$(field ticket)" "$TICKET"
    like "$(field received_at)" '^[0-9-]{10}T[0-9:.]{15}Z$'
}

@test "--body - reads the input, lines as they are, also those of another system" {
    printf 'baris satu\r\nbaris dua\r\n\r\n' > body
    run --separate-stderr in_time "$BUILD/siaga" report 'Pompa' --category flood.pump --body - < body
    same "$status" 0
    gives 0 show 1 -o jsonl
    same "$(field case.body)" $'baris satu\nbaris dua'
}

@test "bad data: exit 65, every fault named, nothing stored" {
    gives 65 complaint 'Jalan' --category road.pothole --at 0,0 --occurred 2090-01-01 --visibility open --key 'a b'
    has "$stderr" 'siaga: E_' '(keluar 65)' '  lat: ' '  occurred_at: ' '  key: ' 'jam siagad: '
    same "$output" ''
    gives 65 --lang en complaint 'Jalan' --category road.pothole --at 0,0 --occurred 2090-01-01 --key 'a b'
    has "$stderr" '(exit 65)' '  lat: 0,0 is no place' '  occurred_at: ' '  key: ' 'clock of siagad: '
    same "$(total)" 0
}

@test "an unknown category or kecamatan: the nearest ones are offered" {
    gives 65 complaint 'Jalan' --category road.potholl
    has "$stderr" 'E_CATEGORY' 'road.potholl' 'yang mirip: road.pothole'
    gives 65 --lang en complaint 'Jalan' --category road.pothole --kecamatan jatiash
    has "$stderr" 'kecamatan' 'nearest: jatiasih'
}

@test "an emergency is bent where another is refused" {
    gives 0 emergency 'Api' --category no.such --kecamatan nowhere --severity parah --occurred 2090-01-01 -o jsonl
    same "$(field owner)" poc-112
    has "$output" unknown_category field_dropped clock_skew no_place
    gives 64 report 'Api' --category flood.pump --severity parah
    has "$stderr" "--severity: 'parah'" 'moderate severe extreme'
}

@test "the same key: the same ticket, said so; other content is refused with the ticket" {
    local ticket
    ticket=$(report --key lap-7)
    gives 0 report 'Pompa kembali jalan' --category flood.pump --kecamatan bekasi-timur --key lap-7
    has "$output" "$ticket  sudah ada"
    gives 0 --lang en report 'Pompa kembali jalan' --category flood.pump --kecamatan bekasi-timur --key lap-7
    has "$output" "$ticket  already there"
    gives 65 report 'Pompa rusak lagi' --category flood.pump --kecamatan bekasi-timur --key lap-7
    has "$stderr" E_KEY_REUSED "tiket: $ticket"
    same "$(total)" 1
}

@test "a restart forgets no key" {
    local ticket
    ticket=$(report --key lap-8)
    daemon_stop
    daemon_start
    gives 0 report 'Pompa kembali jalan' --category flood.pump --kecamatan bekasi-timur --key lap-8
    has "$output" "$ticket  sudah ada"
    same "$(total)" 1
}

@test "no siagad: 69 within the timeout, the key and what to do" {
    daemon_stop
    local before=$SECONDS
    gives 69 report 'Pompa' --category flood.pump --timeout 2
    [ $((SECONDS - before)) -le 10 ] || fail "it took $((SECONDS - before)) s"
    has "$stderr" "ipc://$DIR/s" 'apakah siagad berjalan' 'SIAGA_SERVER' '(keluar 69)' 'ulangi dengan: --key '
    gives 69 --lang en report 'Pompa' --category flood.pump --timeout 1
    has "$stderr" 'is siagad running?' 'check --server' '(exit 69)'
    local key=${stderr##*--key }
    daemon_start
    gives 0 report 'Pompa' --category flood.pump --key "$key"
    same "$(total)" 1
}

@test "what speaks to a terminal is printed harmlessly" {
    local ticket
    gives 0 emergency $'Api \e[31mmerah\e[0m \u202eteks' --category fire.building --body $'a\e]0;judul\ab\nc' -o jsonl
    ticket=$(field ticket)
    has "$output" text_repaired
    gives 0 show "$ticket"
    harmless "$output"
    has "$output" merah teks
    gives 0 list
    harmless "$output"
    gives 0 watch --from 1 --count 1 -o table
    harmless "$output"
    gives 65 report $'Pompa \e[2J' --category flood.pump --extra $'x=\e[2J' --key $'k\e[2J'
    harmless "$stderr"
    gives 64 $'rep\e[2Jort'
    harmless "$stderr"
}

@test "usage: what is wrong is named, 64" {
    gives 64 report --category flood.pump
    has "$stderr" 'siaga report'
    gives 64 report 'Pompa' --category flood.pump --at here
    has "$stderr" "'here'"
    gives 64 report 'Pompa' --category flood.pump --at 106.97,-6.23
    gives 64 report 'Pompa' --category flood.pump --occurred besok
    has "$stderr" "'besok'"
    gives 64 report 'Pompa' --category flood.pump --harmed banyak
    gives 64 report 'Pompa' --category flood.pump --ref nosuch:1
}

@test "who may not send is told so: 77" {
    SIAGA_SOURCE=walikota gives 77 emergency 'Api' --category fire.building
    has "$stderr" E_ROLE
    same "$(total)" 0
}

@test "long ago is refused, but for an importer; a few hours late is marked" {
    gives 65 report 'Pompa' --category flood.pump --occurred 2020-01-01
    has "$stderr" E_TIME_STALE occurred_at
    SIAGA_SOURCE=import-1 gives 0 report 'Pompa' --category flood.pump --occurred 2020-01-01
    gives 0 report 'Pompa' --category flood.pump --occurred 3h
    has "$output" 'terlambat dikirim'
}
