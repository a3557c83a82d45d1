#!/usr/bin/env bats
# `siaga top` in a real terminal: what it shows, what its keys do, what it says of itself when siagad is not heard.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture
load screen

teardown() {
    screen_stop
    finish
}

state_is() { # TICKET STATE
    [ "$(siaga show "$1" -o jsonl | jq -r .case.state)" = "$2" ]
}

width_is() { # N: the clock stands at the right edge
    [ "$(screen | head -n 1 | wc -L)" -eq $(($1 - 1)) ]
}

@test "an emergency appears, key a acknowledges it, the feed tells of it" {
    screen_start 80 24
    shows 'Tidak ada yang terbuka' 'Tersambung sampai nomor 0' 'Kritis 0'
    local ticket
    ticket=$(wasps --severity extreme)
    shows "$ticket" 'Sarang tawon' 'Kritis 1' 'belum diakui 1' ">!Kritis"
    keys a
    shows "$ticket: diakui, versi 2" '> Kritis' 'belum diakui 0' 'ditugaskan -> diakui'
    state_is "$ticket" acknowledged
    keys q
    gave_back 0
}

@test "siagad stands still: the bar says so and since when; then nothing was missed" {
    local first second
    first=$(wasps)
    screen_start 80 24
    shows "$first" 'Tersambung sampai nomor'
    kill -STOP "$DAEMON"
    shows 'DATA TIDAK TERBARU sejak'
    keys a # it is not lost, and not done twice
    shows 'menunggu jawaban siagad'
    kill -CONT "$DAEMON"
    hides 'DATA TIDAK TERBARU'
    shows 'lanjut dari nomor' 'tanpa celah' '> '
    until_true state_is "$first" acknowledged
    same "$(siaga show "$first" -o jsonl | jq '[.history[] | select(.do == "ack")] | length')" 1
    second=$(complaint)
    shows "$second"
    # while it is dead, too; the bar has the whole line, with or without colour
    daemon_kill
    shows 'DATA TIDAK TERBARU sejak'
    same "$(terminal capture-pane -pe | grep -c $'\e\[[0-9;]*41m DATA')" 1
    daemon_start
    hides 'DATA TIDAK TERBARU'
    shows "$first" "$second" 'Tersambung sampai nomor'
}

@test "what was done from elsewhere meanwhile is told: who and what" {
    local ticket
    ticket=$(wasps)
    screen_start 80 24
    shows "$ticket" '>!'
    kill -STOP "$(top_pid)"
    SIAGA_SOURCE=poc-2 siaga ack "$ticket"
    keys a
    kill -CONT "$(top_pid)"
    shows "$ticket sudah berubah: sekarang diakui, versi 2" 'oleh poc-2'
    state_is "$ticket" acknowledged
}

@test "f asks for SKPD and reason, Esc gives up, a wrong SKPD is told" {
    local ticket
    ticket=$(wasps)
    screen_start 80 24
    shows "$ticket"
    keys f
    shows "Disposisi $ticket, ke SKPD:"
    keys dinkes Escape
    shows 'tidak jadi'
    keys f
    shows 'ke SKPD:'
    keys dinkess Enter
    shows 'Alasan'
    keys 'bukan tugas kami' Enter
    shows 'E_CATEGORY: target'
    keys f
    shows 'ke SKPD:'
    keys Dinkez BSpace s Enter
    shows 'Alasan'
    keys 'korban sengatan, é' Enter
    shows "$ticket: ditugaskan, versi 2, dinkes"
    same "$(siaga show "$ticket" -o jsonl | jq -r '[.case.owner, .history[-2].reason] | join(" ")')" 'dinkes korban sengatan, é'
}

@test "Enter opens a case; what comes in between is never chosen by itself" {
    local first second
    first=$(wasps --severity minor)
    screen_start 80 24
    shows "$first" '>!Rendah'
    second=$(emergency --severity extreme)
    shows "$second"
    on_screen '>!Rendah' || fail "$(screen)"
    # more than fit: what came in on top is in sight, and so is the chosen one
    terminal resize-window -x 80 -y 14
    for _ in 1 2 3; do wasps --severity severe > /dev/null; done
    shows '1 di bawah' "!Kritis" ">!Rendah" "$second" "$first"
    keys Up
    shows '>!Tinggi'
    keys Down
    terminal resize-window -x 80 -y 24
    shows '>!Rendah'
    keys Enter
    shows 'Riwayat' 'masuk dari poc-1' "$first  Rendah"
    siaga note "$first" --note 'warga sudah menjauh' > /dev/null
    shows 'sudah menjauh' # the pane reads itself anew
    keys a
    until_true state_is "$first" acknowledged
    keys q
    shows SIARAN '> Rendah'
    keys '?'
    shows 'bagian target yang sudah terpakai'
    keys q q
    gave_back 0
}

@test "200 columns, English, a window that changes, text from outside, no colour" {
    siaga emergency $'Jahat \e]0;x\a \u202e \xe6\x97\xa5\xe6\x9c\xac' --category wasp_nest --kecamatan bekasi-timur --severity extreme > /dev/null
    busy_desk
    screen_start 200 50 NO_COLOR=1 -- --lang en
    shows 'Connected up to number' 'Critical 2' 'not acknowledged' 'KECAMATAN' 'DESKS attached: 0' 'FEED' '日本' 'High'
    until_true width_is 200
    same "$(terminal capture-pane -pe | grep -c $'\e\\[[0-9;]*[34][0-7]m' || true)" 0
    terminal resize-window -x 80 -y 24
    shows 'LEVEL    USED AGE' 'j k choose'
    hides KECAMATAN
    until_true width_is 80
    kill -STOP "$DAEMON"
    shows 'DATA NOT CURRENT since'
    kill -CONT "$DAEMON"
    shows 'Connected up to number'
    terminal resize-window -x 30 -y 5
    shows 'window larger'
    terminal resize-window -x 132 -y 30
    shows 'DESKS attached: 0' '日本'
}

@test "a terminal without colours, one that cannot draw, none at all" {
    wasps > /dev/null
    screen_start 80 24 TERM=vt100
    shows '>!' 'Tersambung'
    keys q
    gave_back 0
    screen_stop
    screen_start 80 24 TERM=dumb
    gave_back 64
    has "$(cat top.err)" 'siaga watch'
    gives 64 top
    has "$stderr" 'siaga watch'
    gives 69 top --server "ipc://$DIR/nobody" --timeout 1
}

@test "whatever ends it, the terminal is as it was" {
    local signal code
    wasps > /dev/null
    for signal in TERM:143 INT:130 HUP:129 ABRT:71; do
        code=${signal#*:} signal=${signal%:*}
        screen_start 80 24
        shows '>!'
        kill "-$signal" "$(top_pid)"
        gave_back "$code"
        screen_stop
    done
}

@test "a desk that takes work is named with what it holds" {
    local ticket
    ticket=$(wasps)
    screen_start 200 40
    shows "$ticket" 'MEJA yang tersambung: 0'
    printf '#!/bin/sh\nwhile [ ! -e %s/go ]; do sleep 0.1; done\n' "$DIR" > work.sh
    chmod +x work.sh
    SIAGA_SOURCE=desk-disdamkarmat away desk handle disdamkarmat -- ./work.sh
    shows "disdamkarmat/desk-disdamkarmat: $ticket sampai"
    touch go
    shows 'disdamkarmat/desk-disdamkarmat: menunggu'
}
