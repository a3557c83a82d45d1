#!/usr/bin/env bats
# Who would own it, and the line of the city's files that says so.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

line_of() { # FILE LINE, of the city
    sed -n "${2}p" "$CITY/$1"
}

@test "the line named is the line that decides, and the target's too" {
    gives 0 route emergency --category fire.building --kecamatan Jatiasih -o jsonl
    same "$(field owner)" disdamkarmat
    has "$(line_of "$(field file)" "$(field line)")" 'kind: emergency' 'primary: disdamkarmat' fire.
    has "$(line_of "$(field target_file)" "$(field target_line)")" 'kind: emergency' 'ack: 1m' 'resolve: "15m on_scene"'
    gives 0 route complaint --category road.pothole -o jsonl
    has "$(line_of "$(field file)" "$(field line)")" 'kind: complaint, category: road.pothole' 'primary: dbmsda'
    has "$(line_of "$(field target_file)" "$(field target_line)")" 'kind: complaint, category: road.pothole'
}

@test "every category of an office: its line has the owner that is named, for each of its kinds" {
    local id kinds kind n=0
    while IFS=$'\t' read -r id kinds; do
        for kind in ${kinds//,/ }; do
            gives 0 route "$kind" --category "$id" -o jsonl
            [ "$(field file)" != null ] || continue
            has "$(line_of "$(field file)" "$(field line)")" "primary: $(field owner)"
            n=$((n + 1))
        done
    done < <(sed -nE 's/^  - \{id: ([a-z0-9._]+),.*kinds: \[([^]]*)\].*/\1\t\2/p' "$CITY"/skpd.d/disdamkarmat.yaml)
    [ "$n" -gt 15 ] || fail "only $n were asked"
}

@test "for people, in both languages" {
    gives 0 route emergency --category fire.building
    has "$output" 'pemilik     disdamkarmat  Dinas Pemadam' 'pendukung   dinkes, ext-polres' 'aturan      darurat fire.*, semua kecamatan  skpd.d/disdamkarmat.yaml:' \
        '1 menit' '15 menit tiba di lokasi'
    gives 0 --lang en route emergency --category fire.building
    has "$output" 'Fire and Rescue' 'any kecamatan' '15 min on scene'
}

@test "it is what happens: the owner of an event is the owner the route told" {
    local kind category
    while read -r kind category; do
        gives 0 route "$kind" --category "$category" -o jsonl
        local told
        told=$(field owner)
        gives 0 "$kind" 'Uji' --category "$category" -o jsonl
        same "$(field owner)" "$told"
    done << 'END'
emergency flood
complaint drainage.blocked
report fire.building
emergency accident.injury
END
}

@test "an unknown category: the nearest; an emergency of a nameless one goes to the POC" {
    gives 65 route emergency --category fire.bilding
    has "$stderr" E_CATEGORY 'yang mirip: fire.building'
    gives 65 --lang en route complaint --category road.pothole --kecamatan jatiash
    has "$stderr" jatiasih
    gives 0 route emergency
    has "$output" 'pemilik     poc-112'
    gives 64 route emergensi
    has "$stderr" 'maksudnya emergency?'
    gives 64 route
}

@test "a route with dates: --at-time asks the table of that day" {
    sed -i 's/^\(  - {kind: complaint, category: road.pothole,.*from: \)2025-01-01}/\12025-01-01, until: 2026-01-01}\n  - {kind: complaint, category: road.pothole, kecamatan: any, primary: dishub, from: 2026-01-01}/' \
        "$CITY/skpd.d/dbmsda.yaml"
    daemon_stop
    daemon_start
    gives 0 route complaint --category road.pothole --at-time 2025-12-31 -o jsonl
    same "$(field owner)" dbmsda
    gives 0 route complaint --category road.pothole --at-time 2026-01-01 -o jsonl
    same "$(field owner)" dishub
    has "$(line_of "$(field file)" "$(field line)")" 'primary: dishub, from: 2026-01-01'
}
