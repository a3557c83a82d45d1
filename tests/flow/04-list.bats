#!/usr/bin/env bats
# What is found again, and how much of it.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

# Five cases: 1 emergency in bekasi-timur, 2 complaint and 3 report of dbmsda, 4 minor complaint in jatiasih, 5 closed emergency
few() {
    emergency --severity extreme > /dev/null
    complaint > /dev/null
    report > /dev/null
    complaint --severity minor > /dev/null
    emergency --class prank > /dev/null
}

numbers() { # ARGS...: of the cases listed, in order
    siaga list -o jsonl "$@" | jq -r .seq | paste -sd ' '
}

@test "newest first, oldest first, so many" {
    few
    same "$(numbers)" '5 4 3 2 1'
    same "$(numbers --reverse)" '1 2 3 4 5'
    same "$(numbers -n 2)" '5 4'
    same "$(numbers -n 2 --reverse)" '1 2'
    gives 0 list -n 2
    same "$(lines "$output")" 3
    has "$stderr" 'masih ada lagi; -n 0 untuk semua'
    gives 64 list -n satu
}

@test "filters, each and together; words also as they are shown" {
    few
    same "$(numbers --kind complaint)" '4 2'
    same "$(numbers --kind complaint,report)" '4 3 2'
    same "$(numbers --kind complaint --kind report)" '4 3 2'
    same "$(numbers --skpd disdamkarmat)" 1
    same "$(numbers --skpd dbmsda --kecamatan Jatiasih)" '4 2'
    same "$(numbers --severity extreme,minor)" '4 1'
    same "$(numbers --severity Kritis)" 1
    same "$(numbers --state closed)" 5
    same "$(numbers --state ditugaskan)" '3 1'
    same "$(numbers --open)" '4 3 2 1'
    same "$(numbers --open --kecamatan 'Bekasi Timur' --kind emergency)" 1
    gives 64 list --severity kritikal
    has "$stderr" "--severity: 'kritikal'" 'extreme'
    gives 64 list --kind emergenci
    has "$stderr" 'maksudnya emergency?'
}

# Six more: what stands in them, where they are
told() {
    few
    siaga complaint --key w1 --category road.pothole --kecamatan jatiasih --at -6.3000,106.9700 "Jalan RUSAK di Jl. Juanda" > /dev/null # 6
    siaga complaint --key w2 --category road.pothole --kecamatan jatiasih --at -6.3010,106.9710 "Lubang besar, jalan rusak parah" > /dev/null # 7
    siaga complaint --key w3 --category road.pothole --kecamatan rawalumbu --at -6.2600,106.9900 "Trotoar rusak" > /dev/null # 8
}

@test "words, places, and, or, not" {
    told
    same "$(numbers words=rusak)" '8 7 6'
    same "$(numbers words='JALAN rusak')" '7 6'
    same "$(numbers 'words="jalan rusak"')" '7 6'
    same "$(numbers words=jalan,trotoar)" '8 7 6 4 3 2'
    same "$(numbers words='tro*')" 8
    same "$(numbers words=tro)" ''
    same "$(numbers kata=juánda)" '6 5 1'
    same "$(numbers near=-6.3,106.97,100m)" 6
    same "$(numbers near=-6.3,106.97,1km)" '7 6'
    same "$(numbers box=-6.31,106.96,-6.25,107)" '8 7 6'
    same "$(numbers words=rusak not kecamatan=jatiasih)" 8
    same "$(numbers 'words=lubang or words=trotoar')" '8 7'
    same "$(numbers 'words=rusak (words=lubang atau bukan kecamatan=jatiasih)' --reverse)" '7 8'
    same "$(numbers key=poc-1/w2)" 7
    same "$(numbers ticket="$(siaga list -o jsonl key=poc-1/w3 | jq -r .ticket)")" 8
    same "$(numbers category=road.pothole --kecamatan jatiasih -n 1)" 7
    gives 0 list --count words=rusak or kind=emergency
    same "$output" 5
}

@test "how it is found, and what cannot be asked" {
    told
    gives 0 list --explain words=rusak kind=complaint
    has "$output" 'INDEKS' 'words' 'kind' 'potongan dilihat'
    gives 0 list --explain -o json near=-6.3,106.97,1km
    same "$(jq -r '.order[0].index, .order[0].one_by_one' <<< "$output" | paste -sd ' ')" 'near true'
    gives 64 list kategory=banjir
    has "$stderr" 'kategory: saringan ini tidak dikenal'
    gives 64 list '(words=banjir'
    has "$stderr" 'kurung tidak ditutup'
    gives 64 list 'words="banjir'
    has "$stderr" 'tanda kutip tidak ditutup'
    gives 64 list severity=siaga
    has "$stderr" 'siaga: kata ini tidak dikenal'
    gives 64 list words=
    gives 65 list skpd=tidak-ada
    gives 65 list box=1,2,3
}

@test "what was known then" {
    local before
    told
    before=$(siaga list --count -o json | jq .head)
    siaga verify "$(siaga list -o jsonl key=poc-1/w1 | jq -r .ticket)" > /dev/null
    siaga complaint --category road.pothole --kecamatan jatiasih "Rusak lagi" > /dev/null
    same "$(numbers words=rusak state=received)" '10 8 7'
    same "$(numbers words=rusak state=received --as-of "$before")" '8 7 6'
    same "$(numbers words=rusak --as-of "$before")" '8 7 6'
    same "$(numbers 'words=rusak not state=received' --as-of "$before")" ''
    same "$(siaga list -o jsonl key=poc-1/w1 --as-of "$before" | jq -r .state)" received
    same "$(numbers words=rusak --as-of 2020-01-01)" ''
}

@test "--count, also of nothing: 1" {
    few
    gives 0 list --count
    same "$output" 5
    gives 0 list --count --open --kind complaint
    same "$output" 2
    gives 0 list --count -o jsonl
    same "$(field total)" 5
    same "$(field head)" 5
    gives 1 list --count --skpd dinkes
    same "$output" 0
}

@test "nothing: exit 1, said in both languages, nothing on stdout" {
    gives 1 list
    same "$output" ''
    has "$stderr" 'tidak ada kasus yang cocok'
    gives 1 --lang en list --kind report
    has "$stderr" 'no case matches'
    gives 1 list -o json
    same "$output" '[]'
    gives 1 list -o jsonl
    same "$output" ''
}

@test "--since and --until: spans, words, days, moments; since is in, until is not" {
    few
    local at
    at=$(siaga list -o jsonl | jq -r 'select(.seq == 3) | .at')
    same "$(numbers --since "$at")" '5 4 3'
    same "$(numbers --until "$at")" '2 1'
    same "$(numbers --since 1h)" '5 4 3 2 1'
    same "$(numbers --since=-2h)" '5 4 3 2 1'
    same "$(numbers --since kemarin)" '5 4 3 2 1'
    same "$(numbers --since yesterday --until sekarang)" '5 4 3 2 1'
    gives 1 list --until kemarin
    gives 1 list --until=-1h
    gives 1 list --since 2090-01-01
    same "$(numbers --since 2020-01-01 --until '31/12/2089 07.00')" '5 4 3 2 1'
    gives 64 list --since besok
    has "$stderr" "--since: 'besok' bukan waktu" 'kemarin'
    gives 64 --lang en list --until '2026-13-01'
    has "$stderr" '--until:' yesterday
}

@test "the clock of the user: --tz" {
    few
    gives 0 list -n 1 --tz UTC
    has "$output" UTC
    gives 0 list -n 1 --tz Asia/Jayapura
    has "$output" WIT
    gives 64 list --tz Mars
}

@test "more than a page of siagad: every case once, in order, both ways" {
    in_time /usr/bin/python3 -c '
import json
for n in range(1, 1206):
    print(json.dumps({"key": f"p-{n}", "kind": "report", "title": f"Laporan {n}", "category": "flood.pump"}))' > many.jsonl
    gives 0 import many.jsonl
    siaga list -n 0 -o jsonl | jq -r .title > newest
    siaga list -n 0 --reverse -o jsonl | jq -r .title > oldest
    same "$(wc -l < newest)" 1205
    same "$(sort -u newest | wc -l)" 1205
    cmp <(tac newest) oldest
    same "$(siaga list -n 501 -o jsonl | wc -l)" 501
    same "$(siaga list -n 501 -o jsonl | jq -r .title | cmp - <(head -n 501 newest) && echo same)" same
    same "$(siaga list -o jsonl | wc -l)" 50
    same "$(siaga list -n 0 -o json | jq length)" 1205
    same "$(siaga list -n 0 | wc -l)" 1206
    gives 0 list --count
    same "$output" 1205
}

@test "-o json is one array" {
    few
    gives 0 list -o json
    same "$(jq -r '[.[].seq] | @csv' <<< "$output")" 5,4,3,2,1
}

@test "no siagad: 69" {
    daemon_stop
    gives 69 list --timeout 1
    same "$output" ''
}
