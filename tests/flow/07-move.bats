#!/usr/bin/env bats
# The life of a case, by the people who may.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

@test "from the alarm to the end, each step with its version" {
    local ticket
    ticket=$(wasps)
    gives 0 move "$ticket" acknowledged --if-version 1
    same "$output" "$ticket  diakui  versi 2  disdamkarmat"
    gives 0 --lang en move "$ticket" in_progress --if-version 2
    same "$output" "$ticket  in progress  version 3  disdamkarmat"
    gives 0 move 1 waiting_third_party --reason pln
    gives 0 move "$ticket" in_progress
    gives 77 move "$ticket" resolved --outcome made_safe # only the SKPD itself
    SIAGA_SOURCE=desk-disdamkarmat gives 0 move "$ticket" resolved --outcome made_safe --note 'sarang dibakar'
    gives 0 move "$ticket" closed -o jsonl
    same "$(field state)" closed
    same "$(field version)" 7
    gives 1 list --open --count
    gives 0 move "$ticket" reopened --reason 'api lagi'
    gives 0 list --open --count
    same "$output" 1
}

@test "a complaint is verified first" {
    local ticket
    ticket=$(complaint)
    gives 65 move "$ticket" acknowledged
    has "$stderr" E_STATE 'yang boleh sekarang: verify (diverifikasi), assign (ditugaskan), reject (ditolak), cancel (dibatalkan)' 'sekarang: diterima, versi 1'
    gives 0 move "$ticket" verified
    gives 0 move "$ticket" assigned
    gives 0 move "$ticket" acknowledged
}

@test "words as they are shown are taken too" {
    local ticket
    ticket=$(wasps)
    gives 0 move "$ticket" diakui
    gives 0 move "$ticket" dikerjakan
    SIAGA_SOURCE=desk-disdamkarmat gives 0 move "$ticket" selesai --outcome diamankan -o jsonl
    same "$(field state)" resolved
    gives 64 move "$ticket" reopend
    has "$stderr" 'maksudnya reopened?'
    gives 64 move "$ticket" closed --outcome nosuch
    has "$stderr" "--outcome: 'nosuch'" made_safe
}

@test "two operators: one wins, the other is told what is, who did it, what may follow" {
    local ticket
    ticket=$(emergency)
    gives 0 move "$ticket" acknowledged --if-version 1
    SIAGA_SOURCE=poc-2 gives 65 move "$ticket" acknowledged --if-version 1
    has "$stderr" E_STALE "tiket: $ticket" 'sekarang: diakui, versi 2' 'diubah oleh poc-1 pada ' ': diakui (sebelumnya: ditugaskan)' 'yang boleh sekarang: start (mulai dikerjakan), forward (didisposisikan)'
    SIAGA_SOURCE=poc-2 gives 65 --lang en move "$ticket" cancelled --reason salah --if-version 1
    has "$stderr" E_STALE 'now: acknowledged, version 2' 'changed by poc-1 at ' ': acknowledged (before: assigned)'
    SIAGA_SOURCE=poc-2 gives 0 move "$ticket" in_progress --if-version 2
}

@test "many tickets in one command: a line for each, the worst exit code; --if-version is meant for each" {
    local one two
    one=$(wasps) two=$(wasps)
    gives 0 ack "$one" "$two" --if-version 1 -m 'regu 3 berangkat'
    same "$output" "$one  diakui  versi 2  disdamkarmat"$'\n'"$two  diakui  versi 2  disdamkarmat"
    gives 0 start "$two"
    gives 65 start "$one" "$two" 999 --if-version 2
    same "$output" "$one  dikerjakan  versi 3  disdamkarmat"
    has "$stderr" E_STALE "pada: $two" ': mulai dikerjakan (sebelumnya: diakui)' E_REF 'pada: 999'
    gives 64 note "$one" "$two" -m dua --key k-1
    has "$stderr" --key
    gives 0 note "$one" "$two" -m 'dua catatan' -o jsonl
    same "$(lines "$output")" 2
}

@test "both at the same moment: exactly one wins" {
    local ticket won=0 one other
    ticket=$(emergency)
    away one move "$ticket" acknowledged --if-version 1
    one=$LAST
    SIAGA_SOURCE=poc-2 away other move "$ticket" acknowledged --if-version 1
    other=$LAST
    wait "$one" && won=$((won + 1))
    wait "$other" && won=$((won + 1))
    same "$won" 1
    has "$(cat one.err other.err)" E_STALE
    gives 0 show "$ticket" -o jsonl
    same "$(field 'case.version')" 2
}

@test "what a move needs: an outcome, a reason" {
    local ticket
    ticket=$(emergency)
    gives 65 move "$ticket" cancelled
    has "$stderr" 'reason: '
    gives 0 move "$ticket" acknowledged
    gives 0 move "$ticket" in_progress
    gives 65 --lang en move "$ticket" resolved
    has "$stderr" 'outcome: '
    gives 65 move "$ticket" closed
    has "$stderr" E_STATE
    gives 65 move "$ticket" resolved --outcome fixed --note "$(printf 'x%.0s' {1..1001})"
    has "$stderr" note '1000'
}

@test "who may: the owner's desk its own, no other; leadership and field staff not" {
    local ticket
    ticket=$(emergency)
    SIAGA_SOURCE=desk-dbmsda gives 77 move "$ticket" acknowledged
    has "$stderr" E_ROLE
    SIAGA_SOURCE=walikota gives 77 move "$ticket" acknowledged
    SIAGA_SOURCE=field-dlh-1 gives 77 move "$ticket" acknowledged
    SIAGA_SOURCE=desk-disdamkarmat gives 0 move "$ticket" acknowledged
    SIAGA_SOURCE=desk-disdamkarmat gives 77 move "$ticket" cancelled --reason x
    gives 0 show "$ticket" -o jsonl
    same "$(field 'case.version')" 2
}

@test "the same key: recorded before; the same key for something else is refused" {
    local ticket
    ticket=$(emergency)
    gives 0 move "$ticket" acknowledged --key m-1
    gives 0 move "$ticket" acknowledged --key m-1
    has "$output" '(sudah tercatat)' 'versi 2'
    daemon_kill
    daemon_start
    gives 0 --lang en move "$ticket" acknowledged --key m-1
    has "$output" '(recorded before)'
    gives 65 move "$ticket" in_progress --key m-1
    has "$stderr" E_KEY_REUSED
}

@test "a prank is kept, counted, sent to nobody; one step makes it real" {
    local ticket
    ticket=$(emergency --class prank)
    gives 0 show "$ticket" -o jsonl
    same "$(field 'case | [.state, .owner, .call_class] | join(" ")')" 'closed poc-112 prank'
    gives 1 list --open --count
    gives 0 reclass "$ticket" real --note 'penelepon kedua membenarkan'
    same "$output" "$ticket  ditugaskan  versi 2  disdamkarmat"
    gives 0 list --open --skpd disdamkarmat --count
    gives 0 show "$ticket"
    has "$output" 'digolongkan nyata, ditutup -> ditugaskan, oleh poc-1 (operator POC); catatan: penelepon kedua membenarkan'
    gives 65 reclass "$ticket" real
    gives 0 reclass "$ticket" iseng --if-version 2
    has "$output" 'ditutup  versi 3  poc-112'
    gives 65 reclass "$ticket" real --if-version 2
    has "$stderr" E_STALE
    gives 64 reclass "$ticket" prnk
    has "$stderr" 'maksudnya prank?'
    SIAGA_SOURCE=desk-disdamkarmat gives 77 reclass "$ticket" real
}

@test "what is not there, and no siagad" {
    gives 65 move 999 acknowledged
    has "$stderr" E_REF
    gives 64 move 1
    daemon_stop
    gives 69 move 1 acknowledged --timeout 1
}
