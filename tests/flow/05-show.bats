#!/usr/bin/env bats
# One case and its whole history, for people.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

worked() { # a case with a history; prints its ticket
    local ticket
    ticket=$(emergency --severity extreme --body $'Api di lantai dua\nPenghuni keluar' --tag ruko --extra saksi=dua)
    {
        siaga move "$ticket" acknowledged
        SIAGA_SOURCE=desk-disdamkarmat siaga move "$ticket" in_progress --note 'regu 2 berangkat'
        SIAGA_SOURCE=desk-disdamkarmat siaga move "$ticket" resolved --outcome made_safe --note 'api padam 02.31'
        siaga cancel "$ticket" --task dinkes --reason 'tak ada korban'
        siaga cancel "$ticket" --task ext-polres --reason 'tak perlu'
    } > /dev/null
    echo "$ticket"
}

@test "the case, then a line for each step, in Indonesian" {
    local ticket
    ticket=$(worked)
    gives 0 show "$ticket"
    like "${lines[0]}" "^$ticket  Kritis  selesai  disdamkarmat  \(versi 6, nomor 1\)$"
    same "${lines[1]}" 'Kebakaran ruko Jl. Juanda'
    same "${lines[2]}" 'Api di lantai dua'
    same "${lines[3]}" 'Penghuni keluar'
    has "$output" 'kategori ' fire.building 'dinkes; ext-polres' ruko saksi=dua
    local history=${output##*Riwayat}
    has "$history" 'masuk dari poc-1: darurat, Kritis, fire.building; tempat: bekasi-timur, -6.238400,107.000600; pemilik: disdamkarmat' \
        'ditugaskan -> diakui, oleh poc-1 (operator POC)' \
        'diakui -> dikerjakan, oleh desk-disdamkarmat (penangan SKPD); catatan: regu 2 berangkat' \
        'diselesaikan, oleh desk-disdamkarmat (penangan SKPD); hasil: diamankan; catatan: api padam 02.31'
    same "$(lines "$history")" 7
}

@test "the same in English" {
    local ticket
    ticket=$(worked)
    gives 0 --lang en show "$ticket"
    like "${lines[0]}" "^$ticket  Critical  resolved  disdamkarmat  \(version 6, number 1\)$"
    has "${output##*History}" 'came from poc-1: emergency, Critical, fire.building; place: ' 'assigned -> acknowledged, by poc-1 (POC operator)' \
        'by desk-disdamkarmat (SKPD handler); note: regu 2 berangkat' 'outcome: made safe'
    has_not "$output" Riwayat pemilik
}

@test "by ticket, as one says it on the phone, and by the number of any of its entries" {
    local ticket whole
    ticket=$(worked)
    whole=$(siaga show "$ticket")
    same "$(siaga show "${ticket,,}")" "$whole"
    same "$(siaga show 1)" "$whole"
    same "$(siaga show 3)" "$whole"
}

@test "JSON: the case and its history; several are an array" {
    local ticket
    ticket=$(worked)
    complaint > /dev/null
    gives 0 show "$ticket" -o json
    same "$(field 'case.state')" resolved
    same "$(jq -r '[.history[] | .to // .state] | join(" ")' <<< "$output")" 'assigned acknowledged in_progress in_progress in_progress resolved'
    gives 0 show "$ticket" 7 -o json
    same "$(jq -r '[.[].case.kind] | join(" ")' <<< "$output")" 'emergency complaint'
    gives 0 show "$ticket" 7 -o jsonl
    same "$(lines "$output")" 2
}

@test "what is not there: 1, and which; the others are shown" {
    local ticket
    ticket=$(emergency)
    gives 1 show 999
    has "$stderr" E_NOT_FOUND 'dicari: 999'
    same "$output" ''
    gives 1 --lang en show 999 "$ticket"
    has "$stderr" 'looked for: 999'
    has "$output" "$ticket"
    gives 1 show E-261124-0042-K
    has "$stderr" 'dicari: E-261124-0042-K'
}

@test "a slip in the ticket is seen by its last letter, before siagad is asked" {
    local ticket wrong
    ticket=$(emergency)
    wrong=${ticket%?}X
    [ "$wrong" != "$ticket" ] || wrong=${ticket%?}Y
    gives 64 show "$wrong"
    has "$stderr" "'$wrong' tidak cocok"
    gives 64 --lang en show "$wrong"
    has "$stderr" 'does not fit; check its digits'
    gives 64 show "${ticket/0001/0010}"
    gives 64 show abc
    has "$stderr" "'abc'" E-261124-0042-K
    gives 64 show
}

@test "a long text of an emergency is shown whole" {
    local ticket body
    body=$(printf 'kata %.0s' {1..1900})
    ticket=$(siaga emergency 'Panjang' --category fire.building --body "$body" -o jsonl | jq -r .ticket)
    gives 0 show "$ticket"
    has "$output" 'teks terpotong'
    [ "${#output}" -gt 9500 ] || fail "only ${#output} characters"
    gives 0 show "$ticket" -o jsonl
    same "$(field full.body)" "$body"
}
