#!/bin/bash
# One invented day in Bekasi, played with the real programs on a siagad of its own, and counted at the end.
#
#   make demo             builds and plays it
#   KEEP=1 make demo      leaves the folder, and says how to start siagad on it again
#   SIAGA_LANG=en ...     captions and tools in English
#
# Nothing outside a private folder is touched. siagad listens on ipc there, and believes who says he is who (ipc: claimed).
# Times: "@14:05" in the data, and `at 14:05` here, is the last time the clock showed 14:05, so nothing lies in the future.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The whole play has an end, whatever happens; TERM lets it clean up.
[ -n "${DEMO_LIMITED:-}" ] || DEMO_LIMITED=1 exec timeout --foreground -k 40 120 "$BASH" "$here/run.sh" "$@"

build=${SIAGA_BUILD:-$here/../build}
if ! build=$(cd "$build" 2> /dev/null && pwd) || [ ! -x "$build/siagad" ] || [ ! -x "$build/siaga" ]; then
    echo 'demo: siagad and siaga are not built; try: make demo' >&2
    exit 1
fi
export PATH="$build:$PATH" PYTHONPATH="$here/../python" PYTHONDONTWRITEBYTECODE=1
export SIAGA_SERVER=ipc://siagad.sock SIAGA_SOURCE=poc-1 SIAGA_TZ=WIB SIAGA_LANG="${SIAGA_LANG:-id}"
case $SIAGA_LANG in en*) SIAGA_LANG=en ;; *) SIAGA_LANG=id ;; esac
today=$(TZ=WIB-7 date +%F) yesterday=$(TZ=WIB-7 date -d '1 day ago' +%F) now=$(TZ=WIB-7 date +%H:%M)

# shellcheck source=stage.sh
. "$here/stage.sh"

# ---- the day

prepare() {
    dir=$(mktemp -d "${TMPDIR:-/tmp}/siaga-demo.XXXXXX") && cd "$dir" || exit 1
    timeout 20 /usr/bin/python3 -c 'import msgpack, zmq' ||
        die "$(tr_ 'perlu python3-zmq dan python3-msgpack' 'needs python3-zmq and python3-msgpack')"
    cp -r "$here/../etc/bekasi" kota && chmod -R u+w kota
    # a year whose decree is not in the city's files yet must not keep anybody from looking
    year=$(TZ=Asia/Jakarta date +%Y)
    [ -e "kota/calendar.d/$year.yaml" ] || printf 'year: %s\ndecree: none yet\nholidays: []\n' "$year" > "kota/calendar.d/$year.yaml"
    sed -i -e "s|^listen:.*|listen: [$SIAGA_SERVER]|" -e 's|^store:.*|store: simpanan|' \
        -e 's/^\(journal_size\|views_size\):.*/\1: 64MiB/' -e 's/^persons_size:.*/persons_size: 16MiB/' \
        -e '/^erasures:/d' -e 's/^ipc:.*/ipc: claimed/' kota/siagad.yaml
    printf 'people:\n  - {id: app-warga, role: operator, note: "aplikasi pengaduan"}\n' > kota/people.d/demo.yaml
    dated lapangan.csv && dated bpbd.jsonl && dated meja.tsv
}

play_start() {
    title 'Pagi di Patriot Operation Center: satu daemon, satu kota' 'Morning at the Patriot Operation Center: one daemon, one city'
    say 'Kota Bekasi adalah satu folder teks: tupoksi, target, orang. siagad membacanya dan siap.' \
        'Bekasi is a folder of text files: duties, targets, people. siagad reads it and is ready.'
    typed siagad -c kota/siagad.yaml '&'
    start_siagad
    quietly 0 siaga status
    head -n 4 out | wrap '    ' '    '
    say 'Pimpinan membuka siaran langsung dan membiarkannya. (Siaran kedua, lengkap, ikut menghitung.)' \
        'The leadership opens its live feed and lets it run. (A second feed, of everything, counts along.)'
    typed siaga watch --severity extreme,severe '&'
    siaga watch --severity extreme,severe -o table --source walikota > pimpinan.txt 2>&1 &
    watches+=("$!")
    siaga watch --from 1 -o jsonl --source poc-4 > semua.jsonl 2> semua.txt &
    watches+=("$!")
    soon two_watches || die "$(tr_ 'siaran tidak terbuka' 'the feeds did not open')"
    told=$(wc -l < pimpinan.txt)
}
two_watches() { [ "$(figure watches)" = 2 ]; }

play_fire() {
    local n others=() texts=('Api besar dari lantai dua' 'Ruko terbakar, asap tebal' 'Kebakaran dekat SPBU Jatiasih'
        'Ada api, orang berlarian' 'Kebakaran, listrik meledak' 'Ruko kain terbakar')
    title 'Pukul 02.10, Jatiasih: kebakaran, tujuh penelepon' '02:10, Jatiasih: a fire, seven callers'
    say 'Kata pertama jawabannya adalah tiket. Bila tiket tercetak, kejadian sudah di disk dan sudah ada pemiliknya.' \
        'The first word of the answer is the ticket. Once it is printed, the event is on the disk and has an owner.'
    send run emergency 'Kebakaran ruko Jl. Wibawa Mukti II' --category fire.building --kecamatan jatiasih \
        --severity severe --channel 112 --at -6.2984,106.9556 --at-risk 4 --key 112-0210 --occurred "$(at 02:10)"
    fire=$last
    for n in {0..5}; do
        send quietly emergency "${texts[n]}" --category fire.building --kecamatan jatiasih --severity severe --channel 112 \
            --ref "duplicate_of:$fire" --key "112-021$((n + 1))" --occurred "$(at "02:1$((n + 1))")"
        others+=("$last")
    done
    note "... enam penelepon lagi, enam tiket, masing-masing dengan --ref duplicate_of:$fire" \
        "... six more callers, six tickets, each with --ref duplicate_of:$fire"
    feed 3
    say 'Tujuh tiket, satu kejadian: digabung, tidak ada yang dihapus, semua penelepon melihat akhirnya.' \
        'Seven tickets, one incident: merged, nothing is deleted, every caller sees how it ends.'
    run 0 siaga merge "${others[@]}" --into "$fire"
    say 'Meja Damkar mengambil pekerjaannya, orangnya mengakui, berangkat, tiba, memadamkan. Tiap langkah dicatat, dengan siapa dan kapan:' \
        'The desk of the fire service takes its work; a person acknowledges, goes out, arrives, puts it out. Each step is kept, with who and when:'
    run 0 siaga handle disdamkarmat --source desk-disdamkarmat --count 1 --print
    run 0 siaga ack "$fire" --source desk-disdamkarmat
    run 0 siaga start "$fire" --source desk-disdamkarmat -m 'dua unit meluncur dari pos Jatiasih'
    run 0 siaga milestone "$fire" on_scene --source desk-disdamkarmat
    run 0 siaga resolve "$fire" --source desk-disdamkarmat --outcome made_safe -m 'api padam, tanpa korban'
    say 'Dinkes dan polisi juga punya bagian; kasus selesai bila semua selesai.' \
        'Health and police have parts too; the case is resolved when all are.'
    run 0 siaga cancel "$fire" --task dinkes --reason 'tidak ada korban'
    run 0 siaga cancel "$fire" --task ext-polres --reason 'tidak dibutuhkan'
    feed 0
}

python_client() { # WHAT: the Python client
    typed python3 kota.py "$1" "$SIAGA_SERVER"
    timeout 40 /usr/bin/python3 "$here/kota.py" "$1" "$SIAGA_SERVER" > "$1.resi" 2> "$1.salah" ||
        wrong "kota.py $1: $(tail -n 1 "$1.salah")"
}
tally() { # FILE: counts the receipts of new events in it
    local kind
    for kind in emergency complaint report; do
        count "kota.py (Python)" "$kind" "$(count_lines "^$kind .* new\$" "$1")"
    done
}

play_112() {
    local kind clock category area severity text n=0 prank
    title 'Nomor 112: yang nyata dan yang iseng' 'The number 112: real calls and pranks'
    say 'Sentral telepon, program Python, mengirim panggilan yang bukan darurat: disimpan, dihitung, tidak diteruskan ke SKPD.' \
        'The exchange, a program in Python, sends calls that are no emergency: stored, counted, never sent to an office.'
    python_client panggilan
    tally panggilan.resi
    note "$(count_lines . panggilan.resi) panggilan iseng, senyap, informasi, uji" "$(count_lines . panggilan.resi) calls: prank, silent, information, test"
    prank=$(sed -n 's/^emergency \(.*\) 112-0009 .*/\1/p' panggilan.resi)
    say 'Satu di antaranya ternyata benar. Satu langkah, dan Damkar menerimanya:' \
        'One of them was true after all. One step, and the fire service has it:'
    run 0 siaga reclass "$prank" real --note 'tetangga membenarkan: dapur terbakar'
    say 'Meja operator, loket pengaduan dan petugas mengisi harinya (satu ditunjukkan, sisanya sama):' \
        'Operators, complaint desk and field staff fill the day (one is shown, the others are alike):'
    while IFS=$'\t' read -r kind clock category area severity text <&3; do
        n=$((n + 1))
        send "$([ "$n" = 1 ] && echo run || echo quietly)" "$kind" "$text" --category "$category" --kecamatan "$area" \
            --severity "$severity" --key "meja-$n" --occurred "$clock"
    done 3< meja.tsv
    note "... $n: 12 darurat, 10 pengaduan, 4 laporan" "... $n: 12 emergencies, 10 complaints, 4 reports"
    feed 6
}

play_citizens() {
    title 'Warga mengadu: jalan, lampu, sampah, air' 'Citizens complain: roads, lamps, waste, water'
    say 'Aplikasi pengaduan kota mengirim satu bundel; tiap pengaduan mendapat pemilik dan tenggatnya sendiri.' \
        "The city's complaint application sends one bundle; each complaint gets its own owner and due times."
    python_client warga
    tally warga.resi
    note "$(count_lines . warga.resi) pengaduan" "$(count_lines . warga.resi) complaints"
    say 'Lampu jalan yang diperebutkan tiga dinas: siapa pemiliknya, dan baris mana yang memutuskan?' \
        'The street lamp three offices argue about: who owns it, and which line says so?'
    run 0 siaga route complaint --category street_light.contested --kecamatan jatiasih
}

import_file() { # FILE LINES SOURCE ARGS...: imports it; one line of it is bad
    run 1 siaga import "$1" --kind report --source "$3" --rejects "$1.ditolak" "${@:4}"
    count "siaga import" report $(($2 - 1))
    numbers "$(($2 - 1))" 0 1
}
numbers() { # STORED BEFORE REFUSED: the figures of the last line an import said
    same "$(tail -n 1 err | tr -cs '0-9' ' ' | xargs)" "$1 $2 $3"
}
map=(--map key=nomor --map occurred_at=jam --map category=kategori --map title=judul --map body=uraian)

play_field() {
    title 'Laporan lapangan dari berkas CSV dan JSON Lines' 'Field reports from files, CSV and JSON Lines'
    say 'Tiap berkas memuat satu baris rusak, sengaja. Yang salah disebut berkas:baris, yang lain masuk.' \
        'Each file has one bad line, on purpose. What is wrong is named file:line, the rest goes in.'
    import_file lapangan.csv $(($(wc -l < lapangan.csv) - 1)) field-dbmsda-1 "${map[@]}"
    import_file bpbd.jsonl "$(wc -l < bpbd.jsonl)" field-bpbd-1
    feed 3
}

play_again() {
    local before
    title 'Diulang pun tetap satu' 'Sent again, and still one'
    before=$(figure head)
    say 'Sinyal putus, skrip mengirim ulang. Kunci dan isi sama: tiket yang sama, tidak ada yang bertambah.' \
        'The signal was gone, the script sends again. Same key, same content: the same ticket, nothing is added.'
    run 0 siaga emergency 'Kebakaran ruko Jl. Wibawa Mukti II' --category fire.building --kecamatan jatiasih \
        --severity severe --channel 112 --at -6.2984,106.9556 --at-risk 4 --key 112-0210 --occurred "$(at 02:10)"
    same "$last" "$fire"
    run 1 siaga import lapangan.csv --kind report --source field-dbmsda-1 "${map[@]}"
    numbers 0 36 1
    say 'Kunci sama, isi lain: ditolak, dengan alasan.' 'Same key, other content: refused, with the reason.'
    run 65 siaga emergency 'Kebakaran pasar' --key 112-0210
    same "$(figure head)" "$before"
    say "Nomor terakhir sebelum dan sesudah: $before." "The last number before and after: $before."
}

play_drill() {
    title 'Latihan, ditandai di mana-mana' 'A drill, marked everywhere'
    say 'Meja latihan hanya dapat mengirim latihan; SKPD dan pimpinan melihatnya bertanda.' \
        'The training desk can send nothing but drills; offices and leadership see them marked.'
    send run emergency 'Simulasi gempa balai kota' --category earthquake --kecamatan bekasi-selatan --severity extreme \
        --mode exercise --source drill-1
    send quietly emergency 'Simulasi evakuasi' --category evacuation --mode exercise --source drill-1 --severity severe
    send quietly report 'Simulasi selesai' --category local.situation --mode exercise --source drill-1
    feed 6
}

receipts() { [ "$(wc -l < banjir.resi)" -ge "$1" ]; }
play_flood() {
    local before
    title 'Jam banjir, dan siagad dibunuh di tengahnya' 'The flood hour, and siagad is killed in the middle of it'
    say 'Telepon dan laporan banjir berdatangan lewat Python. Setelah 15 resi: kill -9, tanpa pamit.' \
        'Flood calls and reports come in through Python. After 15 receipts: kill -9, no farewell.'
    : > banjir.resi
    typed python3 kota.py banjir "$SIAGA_SERVER" '&'
    timeout 60 /usr/bin/python3 "$here/kota.py" banjir "$SIAGA_SERVER" > banjir.resi 2> banjir.salah &
    flood=$!
    soon receipts 15 || die 'kota.py banjir'
    printf '  %s$ kill -9 %s%s\n' "$bold" "$daemon" "$plain"
    kill_siagad
    # What has been acknowledged by now is what must be there after the restart.
    cut -d ' ' -f 2 panggilan.resi warga.resi banjir.resi | sort - tiket > diakui
    before=$(wc -l < banjir.resi)
    typed siagad -c kota/siagad.yaml '&'
    start_siagad
    timeout 20 siaga list -n 0 -o jsonl 2> /dev/null | sed 's/.*"ticket":"\([^"]*\)".*/\1/' | sort > tersimpan
    comm -23 diakui tersimpan > hilang
    note "dibunuh pada resi banjir ke-$before; dari $(wc -l < diakui) tiket yang sudah diakui, hilang: $(wc -l < hilang)" \
        "killed at flood receipt $before; of $(wc -l < diakui) tickets acknowledged by then, missing: $(wc -l < hilang)"
    [ ! -s hilang ] || wrong "$(tr_ 'ada yang hilang' 'something is lost'): $(head -n 3 hilang | xargs)"
    wait "$flood" || wrong "kota.py banjir: $(tail -n 1 banjir.salah)"
    flood=''
    # 36 events, each sent once more at the end: no second ticket for any of them
    same "$(cut -d ' ' -f 2,3 banjir.resi | sort -u | wc -l)" 36
    same "$(tail -n 36 banjir.resi | count_lines ' again$' -)" 36
    count 'kota.py (Python)' emergency "$(head -n 36 banjir.resi | count_lines '^emergency ' -)"
    count 'kota.py (Python)' report "$(head -n 36 banjir.resi | count_lines '^report ' -)"
    note 'klien Python menunggu, meneruskan, lalu mengirim ke-36-nya sekali lagi: 36 tiket, bukan 72' \
        'the Python client waited, went on, then sent all 36 once more: 36 tickets, not 72'
    # the lines around the break: siagad gone, siagad back
    before=$(grep -n 'siaran terputus\|feed is broken' pimpinan.txt | head -n 1 | cut -d : -f 1)
    if [ -n "$before" ]; then feed 3 $((before - 1)); else wrong "$(tr_ 'siaran tidak melihat putusnya' 'the feed saw no break')"; fi
    feed 6
}

play_look() {
    title 'Apa yang masih terbuka' 'What is open'
    run_cut siaga list --open -n 12
    title 'Riwayat satu kejadian: kebakaran tadi' 'The history of one event: that fire'
    run 0 siaga show "$fire"
    say '[terlambat dikirim]: kejadiannya lama sebelum dikirim. Tenggat dihitung dari waktu diterima, bukan dari waktu kejadian.' \
        '[sent late]: it happened long before it was sent. Due times run from receipt, not from when it happened.'
    title 'Mengapa Damkar? Dan bagaimana keadaan siagad?' 'Why the fire service? And how is siagad?'
    run 0 siaga route emergency --category fire.building --kecamatan jatiasih
    run 0 siaga status
}
run_cut() {
    typed "$@"
    quietly 0 "$@"
    cut_to '    ' < out
}

# ---- the count

play_count() {
    local tool kind stored printed totals=(0 0 0) n head
    title 'Hitungan: terkirim = tersimpan = siaran' 'The count: sent = stored = told by the feed'
    head=$(figure head)
    for tool in "${!sent[@]}"; do printf '    %-22s %5d\n' "$tool" "${sent[$tool]}"; done | sort
    printf '\n    %-14s %12s %14s %14s\n' '' "$(tr_ terkirim sent)" 'list --count' 'watch'
    for kind in emergency complaint report; do
        stored=$(timeout 20 siaga list --kind "$kind" --count 2> /dev/null)
        printed=$(count_lines "\"entry\":\"event\",.*\"kind\":\"$kind\"" semua.jsonl)
        printf '    %-14s %12d %14d %14d\n' "$kind" "${sent_kind[$kind]}" "$stored" "$printed"
        totals=($((totals[0] + ${sent_kind[$kind]})) $((totals[1] + stored)) $((totals[2] + printed)))
        same "$stored" "${sent_kind[$kind]}"
        same "$printed" "$stored"
    done
    printf '    %-14s %12d %14d %14d\n\n' "$(tr_ jumlah total)" "${totals[@]}"
    n=0
    for tool in "${!sent[@]}"; do n=$((n + ${sent[$tool]})); done
    same "$n" "${totals[0]}"
    same "$(timeout 20 siaga list --count 2> /dev/null)" "$n"
    sed 's/^{"seq":\([0-9]*\).*/\1/' semua.jsonl > nomor
    seq 1 "$head" | cmp -s - nomor || wrong "$(tr_ 'siaran bercelah' 'the feed has a gap')"
    n=$(grep -vc '"entry":"event"' semua.jsonl)
    same $((totals[2] + n)) "$head"
    note "siaran: nomor 1 sampai $head, urut, tanpa celah, tanpa ulangan: ${totals[2]} kejadian dan $n perubahan" \
        "the feed: numbers 1 to $head, in order, no gap, no repeat: ${totals[2]} events and $n changes"
    note "kill -9 sekali, nyala ke-$(figure boot); kunci diulang $((1 + 36 + 36)) kali, tersimpan 0" \
        "kill -9 once, boot $(figure boot); keys repeated $((1 + 36 + 36)) times, stored 0"
}

where_next() {
    fresh=1
    printf '\n'
    if [ "$problems" = 0 ]; then
        printf '%sOK%s  %s\n\n' "$bold" "$plain" "$(tr_ "semua hitungan cocok, $SECONDS detik" "all counts agree, $SECONDS seconds")"
    else
        printf '%sFAIL%s  %s\n\n' "$red" "$plain" "$(tr_ "$problems hal tidak cocok (tanda ! di atas)" "$problems things do not agree (marked ! above)")"
    fi
    say 'Selanjutnya: README.md (lima menit pertama), docs/MAP.md (peta), siaga help (semua perintah).' \
        'Next: README.md (the first five minutes), docs/MAP.md (the map), siaga help (every command).'
    fresh=1
    say 'KEEP=1 make demo menyimpan kota ini untuk dicoba sendiri; SIAGA_LANG=en untuk bahasa Inggris.' \
        'KEEP=1 make demo keeps this city for you to try; without SIAGA_LANG it speaks Indonesian.'
}

prepare
play_start
play_fire
play_112
play_citizens
play_field
play_again
play_drill
play_flood
play_look
play_count
where_next
[ "$problems" = 0 ]
