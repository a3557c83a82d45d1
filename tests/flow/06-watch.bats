#!/usr/bin/env bats
# The live feed: no gap, no repeat, and said when it is broken.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

# Six entries: 1 emergency, 2 report, 3 and 4 moves of 1, 5 minor complaint, 6 reclass to prank of 1
day() {
    emergency --severity extreme > /dev/null
    report > /dev/null
    siaga move 1 acknowledged > /dev/null
    SIAGA_SOURCE=poc-2 siaga move 1 in_progress > /dev/null
    complaint --severity minor > /dev/null
    siaga reclass 1 prank > /dev/null
}

told() { # FILE N: so many lines are in it
    [ "$(wc -l < "$1")" -ge "$2" ]
}

heard() { # FILE TEXT
    grep -qF -- "$2" "$1"
}

interrupt() { # PID of timeout: what it runs
    kill -INT "$(child_of "$1")"
}

numbers() { # FILE, or the input
    jq -r .seq "$@" | paste -sd ' '
}

@test "watching from before and watching from 1 afterwards print the same lines" {
    local before
    away before watch --count 6
    before=$LAST
    until_true watching 1
    day
    ended "$before" 0
    gives 0 watch --from 1 --count 6
    same "$output" "$(cat before)"
    same "$(numbers before)" '1 2 3 4 5 6'
    same "$(jq -r .entry before | paste -sd ' ')" 'event event move move event reclass'
    away before.txt watch --count 6 -o table --from 1
    ended "$LAST" 0
    gives 0 watch --from 1 --count 6 -o table
    same "$output" "$(cat before.txt)"
    has "$output" 'ditugaskan -> diakui, oleh poc-1 (operator POC)' 'digolongkan iseng'
}

@test "--snapshot: what is open, then what comes" {
    day
    complaint > /dev/null
    away now watch --snapshot
    until_true heard now.err 'itulah yang terbuka pada nomor 7'
    same "$(jq -r '[.seq, .state] | join(" ")' now | paste -sd ' ')" '2 assigned 5 received 7 received'
    siaga move 2 acknowledged > /dev/null
    emergency > /dev/null
    until_true told now 5
    interrupt "$LAST"
    ended "$LAST" 130
    same "$(numbers now)" '2 5 7 8 9'
    has "$(cat now.err)" 'lanjutkan dengan --from 10'
    gives 1 --lang en watch --snapshot --kind emergency --severity minor --wait 1
    has "$stderr" 'that is what was open at number 9'
}

@test "filters, also on what the case was right after the entry" {
    day
    same "$(siaga watch --from 1 --wait 1 --kind emergency | numbers)" '1 3 4 6'
    same "$(siaga watch --from 1 --wait 1 --skpd dbmsda | numbers)" '2 5'
    same "$(siaga watch --from 1 --wait 1 --state acknowledged,received | numbers)" '3 4 5'
    same "$(siaga watch --from 1 --wait 1 --severity Kritis --kecamatan 'Bekasi Timur' --skpd disdamkarmat | numbers)" '1 3 4 6'
    same "$(siaga watch --from 4 --wait 1 | numbers)" '4 5 6'
    same "$(siaga watch --since 1h --wait 1 | numbers)" '1 2 3 4 5 6'
    gives 1 watch --from 1 --wait 1 --skpd dinkes
    gives 1 watch --since 2090-01-01 --wait 1
    gives 64 watch --kind emergenci
}

@test "--count and --wait end it; JSON forms" {
    day
    gives 0 watch --from 2 --count 3
    same "$(numbers <<< "$output")" '2 3 4'
    gives 0 watch --from 1 --count 2 -o json
    same "$(jq -r '[.[].seq] | @csv' <<< "$output")" 1,2
    local before=$SECONDS
    gives 1 watch --wait 1
    same "$output" ''
    [ $((SECONDS - before)) -le 15 ] || fail "it took $((SECONDS - before)) s"
    gives 64 watch --count 0
    gives 64 watch --from 1 --since 1h
}

@test "a number that is not there yet: a gap is told, then what is open" {
    day
    gives 0 watch --from 1000 --wait 1
    has "$stderr" 'celah: nomor 7 sampai 999'
    same "$(numbers <<< "$output")" '2 5'
}

@test "the reader went away: no noise" {
    day
    run --separate-stderr bash -c "timeout $PATIENCE_S '$BUILD/siaga' watch --from 1 | head -n 1; exit \${PIPESTATUS[0]}"
    same "$status" 0
    same "$stderr" ''
    same "$(numbers <<< "$output")" 1
}

@test "the cursor survives kill -9 of the watcher and of siagad: all outputs together have every entry" {
    local round importer code=0
    report --key first > /dev/null
    gives 0 watch --from 1 --count 1 --cursor-file cursor
    echo "$output" > told.0
    same "$(cat cursor)" $'siaga-cursor 1\nnext 2'
    for round in 1 2 3; do
        many "$round" 400 > more.jsonl
        away "told.$round" watch --cursor-file cursor
        until_true watching 1
        away imported import more.jsonl
        importer=$LAST
        until_true told "told.$round" 8
        kill -KILL "$(child_of "${AWAY[-2]}")" # in the middle of it
        ended "$importer" 0
        if [ "$round" = 2 ]; then daemon_kill; else daemon_stop; fi
        daemon_start
    done
    siaga watch --cursor-file cursor --wait 2 > told.4 || code=$?
    [ "$code" -le 1 ] || fail "the last one ended with $code"
    same "$(cat told.* | jq -r .seq | sort -nu | paste -sd ' ')" "$(seq -s ' ' 1 1201)"
    same "$(cat told.* | jq -r .key | sort -u | wc -l)" 1201
    same "$(tail -n 1 cursor)" 'next 1202'
    for round in 1 2 3 4; do # none has a gap or a repeat of its own
        [ ! -s "told.$round" ] || same "$(numbers "told.$round")" "$(seq -s ' ' "$(head -n 1 "told.$round" | jq .seq)" "$(tail -n 1 "told.$round" | jq .seq)")"
    done
}

many() { # ROUND N
    local n
    for ((n = 1; n <= $2; n++)); do
        printf '{"key":"%d-%d","kind":"report","title":"Laporan %d","category":"flood.pump"}\n' "$1" "$n" "$n"
    done
}

@test "siagad restarts under a watcher: told on stderr, nothing missed, nothing twice" {
    away all watch
    until_true watching 1
    report > /dev/null
    until_true told all 1
    daemon_stop
    until_true heard all.err 'siaran terputus'
    daemon_start
    until_true heard all.err 'tersambung lagi; lanjut dari nomor 2 tanpa celah'
    report > /dev/null
    until_true told all 2
    daemon_kill
    daemon_start
    report > /dev/null
    until_true told all 3
    interrupt "$LAST"
    ended "$LAST" 130
    same "$(numbers all)" '1 2 3'
    has "$(cat all.err)" 'lanjutkan dengan --from 4'
}

@test "a cursor file that is none, or has no place, is refused" {
    echo junk > cursor
    gives 65 watch --cursor-file cursor --wait 1
    has "$stderr" 'berkas kursor cursor' '--from'
    gives 73 watch --cursor-file "$DIR/nosuch/cursor" --wait 1
    gives 1 watch --cursor-file fresh --wait 1
    same "$(tail -n 1 fresh)" 'next 1'
}

@test "--exec gets each row as JSON; when it fails the cursor stays before that row" {
    day
    # shellcheck disable=SC2016 # for the command
    gives 3 watch --from 1 --cursor-file cursor --exec 'cat >> rows; [ $(wc -l < rows) -lt 4 ] || exit 3'
    has "$stderr" 'perintah --exec gagal pada nomor 4 (keluar 3)' 'lanjutkan dengan --from 4'
    same "$(tail -n 1 cursor)" 'next 4'
    same "$(numbers rows)" '1 2 3 4'
    gives 0 watch --cursor-file cursor --wait 1 --exec 'jq -r .seq'
    same "$output" $'4\n5\n6'
    same "$(tail -n 1 cursor)" 'next 7'
    gives 1 watch --cursor-file cursor --wait 1 --exec 'jq -r .seq'
    # the command has the environment of the caller, whatever siaga needs for its own language
    # shellcheck disable=SC2016
    LANGUAGE=su gives 0 watch --from 6 --wait 1 --exec 'echo "$LANGUAGE"'
    same "$output" su
    # shellcheck disable=SC2016
    gives 0 watch --from 6 --wait 1 --exec 'echo "${LANGUAGE-none}"'
    same "$output" none
}

@test "leadership may follow; SIGTERM is told, too; no siagad: 69" {
    day
    SIAGA_SOURCE=walikota away all watch --from 1
    until_true told all 6
    kill -TERM "$(child_of "$LAST")"
    ended "$LAST" 143
    has "$(cat all.err)" 'lanjutkan dengan --from 7'
    daemon_stop
    gives 69 watch --timeout 1
}

@test "-v tells each heartbeat: nothing happened is not the same as broken" {
    away all watch -v
    until_true heard all.err 'siagad ada; tidak ada yang terlewat sampai nomor 0'
    kill -STOP "$DAEMON"
    until_true heard all.err 'siagad diam lebih dari 5 dtk'
    kill -CONT "$DAEMON"
    until_true heard all.err 'tersambung lagi'
    report > /dev/null
    until_true told all 1
}

@test "what is followed, in words; what a feed cannot be asked for is said" {
    local fire hole
    fire=$(emergency --severity extreme)
    hole=$(complaint)
    report > /dev/null
    tickets() { siaga watch --from 1 --wait 1 -o plain --fields ticket "$@"; }
    same "$(tickets skpd=disdamkarmat severity=extreme,severe)" "$fire"
    same "$(tickets jenis=pengaduan status=diterima pemilik=dbmsda)" "$hole"
    siaga reject "$hole" --reason 'bukan jalan kota' > /dev/null
    same "$(siaga watch open kind=complaint,emergency --snapshot --count 1 -o plain --fields ticket)" "$fire"
    same "$(siaga due skpd=disdamkarmat -o plain --fields ticket --within 2d | sort -u)" "$fire"
    local wrong
    for wrong in words=banjir 'near=-6.2,106.9,1km' or '(skpd=dbmsda)' skpd skpd=; do
        gives 64 watch "$wrong"
        has "$stderr" "'$wrong'" 'siaga list'
    done
    gives 64 watch sevrity=extreme
    has "$stderr" 'maksudnya severity=?'
    gives 64 watch severity=extrem --lang en
    has "$stderr" 'did you mean extreme?'
}

@test "a name that the city does not have: what was meant, in every verb" {
    local fire
    fire=$(emergency)
    gives 65 watch skpd=dbmsda,damkar
    has "$stderr" 'damkar: maksudnya disdamkarmat?'
    has_not "$stderr" 'dbmsda: maksudnya'
    gives 65 list skpd=damkar --lang en
    has "$stderr" 'damkar: did you mean disdamkarmat?'
    gives 65 list --kecamatan Jatiasi
    has "$stderr" 'maksudnya jatiasih?'
    gives 65 forward "$fire" --to dinke --reason x
    has "$stderr" 'maksudnya dinkes?'
    gives 65 route emergency --category fire.bildin # siagad's own suggestion stands alone
    has "$stderr" 'yang mirip: fire.building'
    has_not "$stderr" maksudnya
    gives 65 list skpd=zzzzzzzz
    has_not "$stderr" maksudnya
    gives 64 list skdp=dbmsda
    has "$stderr" 'maksudnya skpd?'
    gives 64 list severity=extrem
    has "$stderr" 'maksudnya extreme?'
}
