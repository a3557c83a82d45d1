#!/usr/bin/env bats
# Working time, as people meet it. Dates worked out by hand; docs/WORKTIME.md has more.
# shellcheck disable=SC2016,SC2154 # jq has variables too; run sets status, output, stderr
load fixture

setup() { begin bekasi; quiet_city; }

case_of() { siaga show "$1" -o jsonl | jq -c .case; }
wib() { TZ=Asia/Jakarta date -d "$1" '+%Y-%m-%d %H:%M'; }
due() { wib "$(case_of "$1" | jq -r ".$2")"; }
send() { siaga complaint 'Sampah dibakar' --category "$1" --kecamatan jatiasih -o jsonl | jq -r .ticket; }

@test "scene 5: a complaint on a Friday at 15:50 before a long holiday; next week a decree adds a day: the due time moves, both are kept" {
    local ticket head
    clock_is '2026-03-13 15:50:00'
    ticket=$(send waste.burning)
    # 16 17 | Nyepi, Idul Fitri and joint leave 18-24 | 25 26 27 30 31 March 1 2 April | 3 holy | 6 7 8 9 10
    same "$(due "$ticket" resolve_due)" '2026-04-10 16:30'
    clock_is '2026-03-17 09:00:00'
    sed -i 's|^ramadan:|  - {date: 2026-03-25, name: tambahan, decree: "SKB perubahan, 17 Maret 2026"}\nramadan:|' "$CITY/calendar.d/2026.yaml"
    kill -HUP "$DAEMON"
    until_true moved "$ticket"
    same "$(due "$ticket" resolve_due)" '2026-04-13 16:00'
    gives 0 show "$ticket" -o jsonl
    output=$(jq -c '.history[] | select(.entry == "clock")' <<< "$output")
    same "$(lines "$output")" 1
    same "$(field why)" calendar
    same "$(wib "$(field resolve_due_before)")" '2026-04-10 16:30'
    same "$(wib "$(field resolve_due)")" '2026-04-13 16:00'
    # the same files again, and a restart: nothing more to say
    head=$(siaga status -o jsonl | jq .head)
    kill -HUP "$DAEMON"
    clock_is '2026-03-17 10:00:00'
    gives 0 list
    same "$(siaga status -o jsonl | jq .head)" "$head"
}

moved() { siaga show "$1" -o jsonl | jq -e '.history[] | select(.entry == "clock")' > /dev/null; }

@test "scene 6: the same complaint in Ramadan, for an office on duty around the clock, and across midnight" {
    local ticket
    # Friday 15:50 in Ramadan: closed since 15:30. Monday 390 minutes, Tuesday 60 more
    clock_is '2026-03-13 15:50:00'
    same "$(due "$(send waste.burning)" ack_due)" '2026-03-17 09:00'
    # half past midnight in Bekasi is still yesterday in UTC: Friday's 450 minutes
    clock_is '2026-06-05 00:30:00'
    ticket=$(send waste.burning)
    same "$(due "$ticket" ack_due)" '2026-06-05 16:30'
    same "${ticket:0:8}" C-260605
    same "$(case_of "$ticket" | jq -r '.at[0:10]')" 2026-06-04
    # Friday 15:50: 40 minutes today, 410 on Monday
    clock_is '2026-06-05 15:50:00'
    same "$(due "$(send waste.burning)" ack_due)" '2026-06-08 15:20'
    # Damkar never closes
    same "$(due "$(send fire.inspection)" ack_due)" '2026-06-05 23:20'
}

@test "waiting stops the clock, within its cap, and is added up" {
    local ticket
    clock_is '2026-06-08 08:00:00'
    ticket=$(siaga report 'Saluran runtuh' --category waste.burning --kecamatan jatiasih -o jsonl | jq -r .ticket)
    gives 0 cancel "$ticket" --reason 'salah jenis'
    ticket=$(send waste.burning)
    gives 0 verify "$ticket"
    gives 0 assign "$ticket"
    SIAGA_SOURCE=desk-dlh gives 0 ack "$ticket"
    SIAGA_SOURCE=desk-dlh gives 0 start "$ticket"
    same "$(due "$ticket" resolve_due)" '2026-06-29 16:00'
    SIAGA_SOURCE=desk-dlh gives 0 wait "$ticket" reporter --reason 'minta foto'
    clock_is '2026-06-10 08:00:00' # two working days later
    SIAGA_SOURCE=desk-dlh gives 0 resume "$ticket"
    until_true moved "$ticket"
    like "$(due "$ticket" resolve_due)" '^2026-07-01 1(5:59|6:00)$' # siagad lived a second meanwhile
    like "$(case_of "$ticket" | jq .waited_s)" '^172(79[0-9]|80[0-9])$' # two days
    SIAGA_SOURCE=desk-dlh gives 0 wait "$ticket" third_party --reason 'izin PLN'
    clock_is '2026-07-10 08:00:01' # 30 days are the most
    until_true resumed "$ticket"
    gives 0 due --within 60d
    has "$output" "$ticket"
}

resumed() { [ "$(case_of "$1" | jq -r .state)" = in_progress ]; }

@test "a resolution closes by silence, and can be reopened only for so long" {
    local ticket
    clock_is '2026-06-08 08:00:00'
    ticket=$(SIAGA_SOURCE=field-dbmsda-1 siaga report 'Saluran mampet' --category drainage.blocked --kecamatan bekasi-timur -o jsonl | jq -r .ticket)
    SIAGA_SOURCE=desk-dbmsda gives 0 ack "$ticket"
    SIAGA_SOURCE=desk-dbmsda gives 0 start "$ticket"
    SIAGA_SOURCE=desk-dbmsda gives 0 resolve "$ticket" --outcome fixed
    clock_is '2026-06-19 12:00:00' # 16 June is a holiday: the tenth working day is 23 June
    same "$(case_of "$ticket" | jq -r .state)" resolved
    SIAGA_SOURCE=field-dbmsda-1 gives 0 reopen "$ticket" --reason 'macet lagi'
    gives 0 assign "$ticket"
    SIAGA_SOURCE=desk-dbmsda gives 0 ack "$ticket"
    SIAGA_SOURCE=desk-dbmsda gives 0 start "$ticket"
    SIAGA_SOURCE=desk-dbmsda gives 0 resolve "$ticket" --outcome fixed
    clock_is '2026-07-04 08:00:00'
    until_true closed "$ticket"
    SIAGA_SOURCE=field-dbmsda-1 gives 77 reopen "$ticket" --reason 'terlambat'
    clock_is '2026-08-20 08:00:00'
    gives 65 reopen "$ticket" --reason 'terlambat juga'
    has "$stderr" E_LATE
}

closed() { [ "$(case_of "$1" | jq -r .state)" = closed ]; }

@test "a changed target binds new events only, unless that is ordered: who did, and the times before, are kept" {
    local old new asked
    clock_is '2026-06-08 08:00:00'
    old=$(send waste.burning)
    asked=$(SIAGA_SOURCE=walikota siaga instruct --to dlh --by '2026-06-20 12:00' 'Periksa tempat sampah' --category waste.burning -o jsonl | jq -r .ticket)
    same "$(due "$old" resolve_due)" '2026-06-29 16:00' # 14wd
    sed -i '/^targets:/a\  - {kind: any, category: waste.burning, ack: 450wm, resolve: "7wd resolved", from: 2026-06-09, source: "renja perubahan"}' "$CITY/skpd.d/dlh.yaml"
    clock_is '2026-06-09 08:00:00'
    new=$(send waste.burning)
    same "$(due "$new" resolve_due)" '2026-06-19 16:30' # 16 June is a holiday
    same "$(due "$old" resolve_due)" '2026-06-29 16:00'
    SIAGA_SOURCE=walikota gives 77 retarget "$old" --reason 'saya perintahkan' # leadership instructs, the POC does it
    gives 64 retarget "$old"
    has "$stderr" --reason
    gives 0 retarget "$old" "$asked" --reason 'perintah Sekda' -m 'nota dinas 12/2026'
    daemon_kill # what was ordered is not forgotten
    daemon_start
    until_true moved "$old"
    same "$(due "$old" resolve_due)" '2026-06-18 16:00' # from the day it came
    like "$(due "$old" ack_due)" '^2026-06-09 08:0'
    same "$(case_of "$old" | jq -r '.resolve_target + ", " + .target_date')" '7wd resolved, 2026-06-09'
    gives 0 show "$old" -o jsonl
    same "$(jq -r '.history[] | select(.do == "retarget") | "\(.source) \(.reason) \(.note)"' <<< "$output")" 'poc-1 perintah Sekda nota dinas 12/2026'
    output=$(jq -c '.history[] | select(.entry == "clock")' <<< "$output")
    same "$(field why)" ordered
    same "$(wib "$(field resolve_due_before)")" '2026-06-29 16:00'
    gives 0 show "$old"
    has "$output" 'sebab: target baru diperintahkan' 'semula 2026-06-29 16.00.00 WIB'
    until_true moved "$asked"
    same "$(due "$asked" resolve_due)" '2026-06-20 12:00' # a day that a superior named stays
    clock_is '2026-06-09 09:00:00' # what is counted is not counted again
    send waste.burning
    gives 0 watch --from 1 --count "$(siaga status -o jsonl | jq .head)" -o jsonl
    same "$(jq -r 'select(.entry == "clock") | .ticket' <<< "$output")" "$old"$'\n'"$asked"
}

@test "the calendar of this year must be there, next year's is asked for from December on" {
    mv "$CITY/calendar.d/2026.yaml" "$DIR/"
    printf 'year: 2025\ndecree: lama\nholidays: []\n' > "$CITY/calendar.d/2025.yaml"
    run -78 at_time '@2026-11-24 08:00:00' "$BUILD/siagad" -c "$CITY/siagad.yaml" --check-config
    like "$output" 'city.yaml:[0-9]+:[0-9]+: error: calendar.d/2026.yaml is missing'
    mv "$DIR/2026.yaml" "$CITY/calendar.d/"
    rm "$CITY/calendar.d/2025.yaml"
    run -0 at_time '@2026-11-30 23:00:00' "$BUILD/siagad" -c "$CITY/siagad.yaml" --check-config
    has "$output" '0 errors, 0 warnings'
    run -0 at_time '@2026-12-01 00:01:00' "$BUILD/siagad" -c "$CITY/siagad.yaml" --check-config
    like "$output" 'warning: calendar.d/2027.yaml is missing'
    # and a siagad that has run since November says so, too
    clock_is '2026-11-30 23:59:58'
    until_true missed
    until_true grep -q 'calendar.d/2027.yaml is missing' "$DIR/siagad.err"
    gives 0 status
    has "$stderr" PERINGATAN calendar.d/2027.yaml
    printf 'year: 2027\ndecree: baru\nholidays: []\n' > "$CITY/calendar.d/2027.yaml"
    kill -HUP "$DAEMON"
    until_true missed_no_more
}

missed() { [ "$(siaga status -o jsonl | jq .calendar_missing)" = 2027 ]; }
missed_no_more() { [ "$(siaga status -o jsonl | jq .calendar_missing)" = null ]; }

@test "a day named by a superior moves on by the waits, once, however often siagad starts; so does that of a new owner" {
    local ticket head
    clock_is '2026-06-08 08:00:00'
    ticket=$(SIAGA_SOURCE=walikota siaga instruct --to dbmsda --by '2026-06-20 12:00' 'Periksa semua pompa' --category flood.pump -o jsonl | jq -r .ticket)
    SIAGA_SOURCE=desk-dbmsda gives 0 ack "$ticket"
    SIAGA_SOURCE=desk-dbmsda gives 0 start "$ticket"
    SIAGA_SOURCE=desk-dbmsda gives 0 wait "$ticket" third_party --reason 'suku cadang'
    clock_is '2026-06-10 08:00:00'
    SIAGA_SOURCE=desk-dbmsda gives 0 resume "$ticket"
    until_true moved "$ticket"
    like "$(due "$ticket" resolve_due)" '^2026-06-22 (11:59|12:00)$'
    SIAGA_SOURCE=desk-dbmsda gives 0 wait "$ticket" third_party --reason 'suku cadang'
    clock_is '2026-06-11 08:00:00'
    SIAGA_SOURCE=desk-dbmsda gives 0 resume "$ticket"
    until_true moved_twice "$ticket"
    like "$(due "$ticket" resolve_due)" '^2026-06-23 (11:5|12:00)'
    head=$(siaga status -o jsonl | jq .head)
    clock_is '2026-06-11 09:00:00'
    clock_is '2026-06-11 10:00:00'
    gives 0 list
    same "$(siaga status -o jsonl | jq .head)" "$head"

    # what one owner waited is not lost for the next
    ticket=$(send waste.burning)
    gives 0 assign "$ticket"
    SIAGA_SOURCE=desk-dlh gives 0 ack "$ticket"
    SIAGA_SOURCE=desk-dlh gives 0 start "$ticket"
    SIAGA_SOURCE=desk-dlh gives 0 wait "$ticket" reporter --reason 'minta foto'
    clock_is '2026-06-15 10:00:00' # two working days
    SIAGA_SOURCE=desk-dlh gives 0 resume "$ticket"
    until_true moved "$ticket"
    head=$(due "$ticket" resolve_due)
    SIAGA_SOURCE=desk-dlh gives 0 forward "$ticket" --to dbmsda --reason 'bahu jalan'
    until_true moved_twice "$ticket"
    same "$(due "$ticket" resolve_due)" "$head"
}

moved_twice() { [ "$(siaga show "$1" -o jsonl | jq '[.history[] | select(.entry == "clock")] | length')" = 2 ]; }
