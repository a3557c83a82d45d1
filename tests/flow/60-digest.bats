#!/usr/bin/env bats
# The daily report and the monthly briefing as an officer gets them: known figures in every form, both languages, the cases behind
# them, and the same bytes whatever happens to siagad or to a reporter's data.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

setup() { begin bekasi; }

DAY=2026-11-24

as() { # SOURCE VERB ARGS...: siaga as somebody else
    local -x SIAGA_SOURCE=$1
    shift
    siaga "$@"
}

known_day() { # three wasp nests of which two are one, a pothole, two calls that are not real, a drill; one nest is dealt with
    local first again
    quiet_city
    clock_is "$DAY 09:00:00"
    first=$(wasps)
    again=$(wasps)
    NEST=$(wasps)
    HOLE=$(complaint)
    siaga emergency iseng --class prank -o jsonl > /dev/null
    siaga emergency senyap --class ghost -o jsonl > /dev/null
    as drill-1 emergency 'Latihan' --category wasp_nest --mode exercise -o jsonl > /dev/null
    gives 0 merge "$again" --into "$first"
    gives 0 assign "$HOLE"
    clock_is "$DAY 09:20:00"
    as desk-disdamkarmat ack "$NEST" > /dev/null
    as desk-disdamkarmat start "$NEST" > /dev/null
    as desk-disdamkarmat milestone "$NEST" on_scene > /dev/null
    as desk-disdamkarmat resolve "$NEST" --outcome made_safe > /dev/null
    gives 0 rate "$NEST" --done --stars 4
}

figure() { # SCOPE NAME FIGURE, of the CSV in $output
    awk -F , -v scope="$1" -v name="$2" -v figure="$3" '$3 == scope && $4 == name && $5 == figure { print $6 }' <<< "$output"
}

every_form() { # writes the day and the month in all forms into a folder
    local form
    mkdir -p "$1"
    for form in text md html csv json; do
        gives 0 digest daily "$DAY" -o "$form" --into "$1"
        gives 0 digest monthly "${DAY%-*}" -o "$form" --lang en --into "$1"
    done
    same "$(find "$1" -type f | wc -l)" 10
}

@test "a day with known figures, in every form and both languages" {
    known_day
    gives 0 digest daily "$DAY" -o csv
    same "$(figure city '' in)" 3
    same "$(figure city '' reports)" 4
    same "$(figure city '' noise)" 2
    same "$(figure city '' 'done')" 1
    same "$(figure city '' open)" 2
    same "$(figure city '' kept)" 1
    same "$(figure city '' stars_4)" 1
    same "$(figure skpd disdamkarmat in)" 2
    same "$(figure skpd dbmsda open)" 1
    like "$(figure kind emergency response_p50_ms)" '^1[12][0-9]{5}$' # twenty minutes, to the percent
    gives 0 digest daily "$DAY"
    has "$output" 'Laporan harian Kota Bekasi, Selasa, 24 November 2026' 'Masuk 3 kejadian (4 laporan), selesai 1.' 'Target renja ditepati 100,0 %'
    gives 0 digest daily "$DAY" --lang en -o md
    has "$output" '# Daily report of Bekasi City, Tuesday, 24 November 2026' '3 incidents came in (4 reports), 1 were done' '| CITY | 3 |'
    gives 0 digest daily "$DAY" --skpd dbmsda
    has "$output" 'Dinas Bina Marga dan Sumber Daya Air' 'Masuk 1 kejadian'
    has_not "$output" Damkar
    SIAGA_SOURCE=desk-disdamkarmat gives 0 digest daily "$DAY"
    has "$output" 'Laporan harian Dinas Pemadam Kebakaran' 'Masuk 2 kejadian (3 laporan)'
    has_not "$output" DBMSDA KOTA
    gives 0 digest daily "$DAY" -o json
    same "$(jq .now.city.figures.in <<< "$output")" 3
    gives 0 digest bulanan 2026-11
    has "$output" 'Taklimat bulanan Kota Bekasi, November 2026' 'menerima 3 kejadian dari 4 laporan' 'Halaman regu' "$NEST"
    gives 0 digest monthly 2026-11 --lang en -o html
    python3 -c 'import sys, xml.etree.ElementTree as tree; tree.fromstring(sys.stdin.read().split("\n", 1)[1])' <<< "$output"
    has "$output" '<html lang="en">' '<svg ' '@media print' 'Monthly briefing of Bekasi City, November 2026'
    has_not "${output//http:\/\/www.w3.org\/2000\/svg/}" 'http' '<script' '<link' 'src=' 'tawon di sekolah'
    harmless "$output"
}

@test "every figure of the day opens: what is behind it adds up to it" {
    local name n all
    known_day
    gives 0 digest daily "$DAY" -o csv
    all=$output
    gives 0 digest daily --explain help
    same "$(lines "$output")" 32
    for name in in reports noise 'done' open kept acked rated_done due_tomorrow overdue held_s; do
        n=$(output=$all figure city '' "$name")
        run siaga digest daily "$DAY" --explain "$name" -o json --lang en
        same "$status" "$([ "${n:-0}" -gt 0 ] && echo 0 || echo 1)"
        same "$(sed '/in all/d' <<< "$output" | jq '[.[].n] | add // 0')" "${n:-0}"
    done
    gives 0 digest daily "$DAY" --explain 'done'
    has "$output" "$NEST" disdamkarmat
    has "$stderr" 'jumlahnya 1'
    gives 64 digest daily --explain overduee
    has "$stderr" overdue
}

@test "what is typed wrong is said, and nothing half is written" {
    quiet_city
    daemon_start
    gives 64 digest weekly
    has "$stderr" 'daily atau monthly'
    gives 64 digest daily 2026-02-30
    gives 64 digest monthly 2026-13
    gives 64 digest monthly November
    gives 64 digest daily -o pdf
    has "$stderr" 'text, md, html, csv'
    gives 64 digest
    gives 73 digest daily --into "$DIR/nowhere"
    has "$stderr" "$DIR/nowhere"
    mkdir "$DIR/papers"
    gives 0 digest daily kemarin --into "$DIR/papers" -o html
    same "$(find "$DIR/papers" -type f)" "$output"
    SIAGA_SOURCE=media-1 gives 77 digest daily
    has "$stderr" E_ROLE
    SIAGA_SOURCE=humas-1 gives 0 digest monthly
}

@test "scene 9: the reporter's data goes, the texts too, and the briefing stays byte for byte what it was" {
    local ticket
    quiet_city
    clock_is "$DAY 08:00:00"
    ticket=$(complaint --name 'Siti Aminah' --phone 081298765432)
    gives 0 assign "$ticket"
    gives 0 instruct --to dbmsda --by 3d 'Tutup lubang'
    every_form "$DIR/before"
    if grep -rqi 'siti\|0812\|berlubang.*siti\|Tutup lubang' "$DIR/before"; then fail 'a text stands in a paper'; fi
    as it-1 person erase "$ticket" --reason 'permintaan pelapor' > /dev/null
    as it-1 erase "$ticket" --reason 'permintaan pelapor' > /dev/null
    every_form "$DIR/after"
    diff -r "$DIR/before" "$DIR/after"
}

@test "killed, started again, and made anew from the journal: the same papers" {
    known_day
    every_form "$DIR/before"
    daemon_kill
    daemon_start
    every_form "$DIR/killed"
    diff -r "$DIR/before" "$DIR/killed"
    daemon_kill
    rm -rf "$STORE/views"
    daemon_start
    every_form "$DIR/anew"
    diff -r "$DIR/before" "$DIR/anew"
    daemon_stop
    run -0 siagad --verify-store "$STORE"
    has "$output" 'all well'
}

@test "the example in docs/examples is what the command makes" {
    [ -e "$BUILD/tests/crash/made_month" ]
    run -0 timeout 200 "$ROOT/demo/month.sh" "$DIR/papers"
    diff -r "$ROOT/docs/examples" "$DIR/papers"
}
