#!/usr/bin/env bats
# Who owns it, who has done what, and what the public says.
# shellcheck disable=SC2016,SC2154 # jq has variables too; run sets status, output, stderr
load fixture

setup() {
    begin bekasi
    quiet_city
}

as() { # SOURCE VERB ARGS...
    local -x SIAGA_SOURCE=$1
    shift
    siaga "$@"
}

case_of() { siaga show "$1" -o jsonl | jq -c .case; }

@test "scene 4: nobody's lamp: Dishub refuses, DBMSDA refuses, the third time it goes to Setda" {
    local ticket
    clock_is '2026-11-24 08:00:00'
    ticket=$(siaga complaint 'Lampu jalan baru mati dua bulan' --category street_light.contested --kecamatan bekasi-timur --address 'Jl. Juanda' -o jsonl | jq -r .ticket)
    gives 0 verify "$ticket"
    gives 0 assign "$ticket" --to dishub
    gives 64 forward "$ticket" --reason 'ke mana?'
    gives 64 forward "$ticket" --to dbmsda
    clock_is '2026-11-24 10:00:00'
    SIAGA_SOURCE=desk-dishub gives 0 refuse "$ticket" --reason 'bukan aset Dishub'
    same "$(case_of "$ticket" | jq -r '.owner + " " + .state')" 'poc-112 forwarded'
    gives 0 assign "$ticket" --to dbmsda
    clock_is '2026-11-25 10:00:00'
    SIAGA_SOURCE=desk-dbmsda gives 0 refuse "$ticket" --reason 'dibeli Dishub'
    gives 0 assign "$ticket" --to dishub
    has "$output" setda
    same "$(case_of "$ticket" | jq -r '.owner + " " + .state')" 'setda assigned'

    clock_is '2026-11-26 10:00:00'
    gives 0 show "$ticket" -o jsonl
    same "$(jq -r '.held[] | select(.held_s > 1800) | "\(.skpd) \(.held_s / 3600 | round)"' <<< "$output")" 'dishub 2
dbmsda 24
setda 24'
    gives 0 show "$ticket"
    has "$output" dishub dbmsda setda 'bukan aset Dishub' 'dibeli Dishub'

    # what Setda decides is final: whoever gives it back gives it back to Setda
    SIAGA_SOURCE=desk-setda gives 0 forward "$ticket" --to dbmsda --reason 'putusan Setda'
    same "$(case_of "$ticket" | jq -r .owner)" dbmsda
    SIAGA_SOURCE=desk-dbmsda gives 0 refuse "$ticket" --reason 'tetap bukan'
    same "$(case_of "$ticket" | jq -r .owner)" setda
}

@test "scene 10: done without work: the reporter says no, it is open again, office and leadership hear" {
    local ticket office=$DIR/office leader=$DIR/leader photo
    daemon_start
    SIAGA_SOURCE=desk-dbmsda away "$office" watch -o jsonl
    SIAGA_SOURCE=walikota away "$leader" watch -o jsonl
    until_true watching 2
    ticket=$(as field-jatiasih-1 report 'Jalan berlubang depan SD' --category road.pothole --kecamatan jatiasih -o jsonl | jq -r .ticket)
    SIAGA_SOURCE=desk-dbmsda gives 0 ack "$ticket"
    SIAGA_SOURCE=desk-dbmsda gives 0 start "$ticket"
    SIAGA_SOURCE=desk-dbmsda gives 64 resolve "$ticket"
    has "$stderr" --outcome
    SIAGA_SOURCE=desk-dbmsda gives 65 resolve "$ticket" --outcome fixed
    has "$stderr" E_PROOF
    photo=$(sha256sum < "$BATS_TEST_FILENAME" | cut -c1-64)
    gives 77 resolve "$ticket" --outcome fixed --proof "$photo" # not the POC's to say
    SIAGA_SOURCE=desk-dbmsda gives 0 resolve "$ticket" --outcome fixed --proof "$photo"
    SIAGA_SOURCE=field-dlh-1 gives 77 rate "$ticket" --not-done # somebody else's report
    SIAGA_SOURCE=field-jatiasih-1 gives 0 rate "$ticket" --not-done --stars 1 -m 'lubang masih ada'
    run -0 case_of "$ticket"
    same "$(field state)" reopened
    same "$(field rating.done)" false
    same "$(field rating.stars)" 1
    until_true grep -q '"state":"reopened"' "$office"
    until_true grep -q '"state":"reopened"' "$leader"
    same "$(jq -r 'select(.do == "rate") | "\(.done) \(.stars) \(.owner)"' "$leader")" 'false 1 dbmsda'
    gives 0 show "$ticket"
    has "$output" 'nilai pelapor' 'belum beres, 1/5' 'lubang masih ada'
    SIAGA_SOURCE=desk-dbmsda gives 0 handle dbmsda --count 1 --print # the desk has it again
    has "$output" "$ticket"
    gives 0 assign "$ticket"
    same "$(case_of "$ticket" | jq -r .state)" assigned
}

office() { # ID CATEGORY: an office that has this from 25 November on, made from the file of DBMSDA
    sed -e "s/^id: dbmsda/id: $1/" -e "s/^short: .*/short: $1/" -e '/^categories:/,/^routes:/{/^categories:/d;/^  - {id:/d;/^  #/d;/^$/d}' \
        -e "/^routes:/,/^targets:/{/^  - /!{/^routes:/!{/^targets:/!d}};/$2/!{/^  - /d}}" \
        -e "s/primary: dbmsda/primary: $1/; s/from: 2025-01-01/from: 2026-11-25/" "$CITY/skpd.d/dbmsda.yaml" > "$CITY/skpd.d/$1.yaml"
    printf 'people:\n  - {id: desk-%s, role: handler, skpd: %s}\n' "$1" "$1" > "$CITY/people.d/$1.yaml"
}

@test "scene 15: at midnight an office is renamed and split: old events keep their history, new ones go to the new owners" {
    local before after
    office djalan 'road\.pothole'
    office dair 'drainage\.blocked'
    run -0 siagad -c "$CITY/siagad.yaml" --check-config
    clock_is '2026-11-24 23:59:00'
    before=$(complaint)
    same "$(case_of "$before" | jq -r .owner)" dbmsda
    gives 0 verify "$before"
    clock_is '2026-11-25 00:00:01'
    after=$(complaint)
    same "$(case_of "$after" | jq -r .owner)" djalan
    gives 0 complaint 'Saluran mampet' --category drainage.blocked --kecamatan bekasi-timur -o jsonl
    same "$(field owner)" dair
    same "$(case_of "$before" | jq -r .owner)" dbmsda
    same "$(siaga show "$before" -o jsonl | jq -r '[.history[].owner] | unique | join(" ")')" dbmsda
    gives 0 assign "$before" # and the old office ends what it began
    SIAGA_SOURCE=desk-dbmsda gives 0 ack "$before"
    SIAGA_SOURCE=desk-djalan gives 77 start "$before"
}

@test "an instruction from above: who, to whom, until when, and the answer" {
    local ticket
    daemon_start
    SIAGA_SOURCE=walikota gives 77 report 'bukan untuk pimpinan' --category road.pothole
    SIAGA_SOURCE=walikota gives 0 instruct --to dbmsda --by "$(date -u -d '+3 days' +%Y-%m-%dT12:00:00Z)" 'Periksa semua pompa' --category flood.pump -o jsonl
    ticket=$(field ticket)
    same "$(field owner)" dbmsda
    same "$(case_of "$ticket" | jq -r '.resolve_due[11:16]')" 12:00
    SIAGA_SOURCE=desk-dbmsda gives 0 ack "$ticket"
    SIAGA_SOURCE=desk-dbmsda gives 0 start "$ticket"
    SIAGA_SOURCE=desk-dbmsda gives 0 resolve "$ticket" --outcome answered -m 'dua pompa rusak, diganti besok'
    gives 0 show "$ticket"
    has "$output" walikota 'dua pompa rusak'
}
