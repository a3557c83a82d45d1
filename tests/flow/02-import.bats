#!/usr/bin/env bats
# Many events out of one file: each once, each mistake with its line.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

# A spreadsheet as it is saved here: BOM, semicolons, decimal commas, CRLF, a cell of two lines.
SHEET_MAP=(--kind report --map title=judul --map body=uraian --map category=kategori --map lat=lintang --map lon=bujur)

sheet() {
    printf '\xef\xbb\xbfjudul;uraian;kategori;lintang;bujur;kecamatan;Nama;catatan\r\n'
    printf 'Lubang di tikungan;"dalam 15 cm\r\nlebar 80 cm";road.pothole;-6,2384;106,9756;Bekasi Timur;Budi;malam\r\n'
    printf '"Saluran; mampet";;drainage.blocked;;;jatiasih;Siti;\r\n'
}

# Eight lines: two are fine, one is empty, five have something wrong, two of them with siagad.
mixed() {
    cat << 'END'
{"key":"a-1","kind":"report","title":"Satu","category":"flood.pump"}
{"key":"a-2","kind":"report","title":"Dua","category":"flood.pump","severity":"parah"}

{"key":"a-3","kind":"report","title":"Tiga","category":"flood.pump","occurred_at":"2020-01-01T00:00:00+07:00"}
{"key":"a-4","kind":"report" "title":"Empat"}
{"key":"a-1","kind":"report","title":"Lain","category":"flood.pump"}
{"key":"a-5","kind":"report","title":"Lima","category":"flood.pump","lat":"-6.2","lon":106.97,"people_harmed":2,"tags":["a","b"],"extra":{"q":1}}
[1,2]
END
}

@test "CSV of a spreadsheet: semicolons, decimal commas, BOM, CRLF, a cell of two lines" {
    sheet > sheet.csv
    gives 0 import sheet.csv "${SHEET_MAP[@]}"
    has "$stderr" '2 tersimpan, 0 sudah ada, 0 ditolak'
    gives 0 show 1 -o jsonl
    same "$(field 'case | [.title, .body, .lat, .lon, .kecamatan, .owner, .extra.catatan] | @csv')" \
        $'"Lubang di tikungan","dalam 15 cm\nlebar 80 cm",-6.2384,106.9756,"bekasi-timur","dbmsda","malam"'
    gives 0 show 2 -o jsonl
    same "$(field case.title)" 'Saluran; mampet'
}

@test "CSV: a column of names is not sent, and that is said" {
    sheet > sheet.csv
    gives 0 import sheet.csv "${SHEET_MAP[@]}"
    has "$stderr" "sheet.csv: kolom 'Nama' tidak dikirim: data pribadi"
    gives 0 list -o jsonl
    has_not "$output" Budi Siti
    run grep -aqE 'Budi|Siti' "$STORE/journal/data.mdb"
    same "$status" 1
}

@test "the second run stores nothing new and says so" {
    sheet > sheet.csv
    gives 0 import sheet.csv "${SHEET_MAP[@]}"
    daemon_stop
    daemon_start
    gives 0 import sheet.csv "${SHEET_MAP[@]}"
    has "$stderr" '0 tersimpan, 2 sudah ada, 0 ditolak'
    gives 0 --lang en import sheet.csv "${SHEET_MAP[@]}"
    has "$stderr" '0 stored, 2 already there, 0 refused'
    same "$(total)" 2
}

@test "JSON Lines: bad lines with file, line, field and reason; the others are stored; exit 1" {
    mixed > m.jsonl
    gives 1 import m.jsonl
    has "$stderr" 'm.jsonl:2: severity: ' '"parah"' 'm.jsonl:4: occurred_at: ' 'm.jsonl:5: JSON: ' \
        'm.jsonl:6: E_KEY_REUSED: ' 'm.jsonl:8: JSON: bukan objek' '2 tersimpan, 0 sudah ada, 5 ditolak'
    gives 1 --lang en import m.jsonl
    has "$stderr" 'm.jsonl:2: severity: unknown word' 'm.jsonl:5: JSON: ' '(column ' 'm.jsonl:8: JSON: not an object' \
        '0 stored, 2 already there, 5 refused'
    same "$(siaga list --reverse -o jsonl | jq -r .title)" $'Satu\nLima'
    gives 0 show 2 -o jsonl
    same "$(field 'case | [.lat, .people_harmed, .tags[1], .extra.q] | @csv')" '-6.2,2,"b","1"'
}

@test "CSV: a bad cell, a missing one, too few cells" {
    { sheet; printf 'Lampu;mati;road.pothole;99,1;106,9;jatiasih;;\r\n;tanpa judul;road.pothole;;;;;\r\nkurang;sel\r\n'; } > sheet.csv
    gives 1 import sheet.csv "${SHEET_MAP[@]}"
    has "$stderr" "sheet.csv:5: lat: '99,1' bukan derajat" 'sheet.csv:6: title: ' 'sheet.csv:7: CSV: 2 sel, judul kolom ada 8' \
        '2 tersimpan, 0 sudah ada, 3 ditolak'
}

@test "--rejects holds the refused lines, and what is mended there can be sent" {
    mixed > m.jsonl
    gives 1 import m.jsonl --rejects no.jsonl
    same "$(sort no.jsonl)" "$(mixed | grep -Ev '^$|"Satu"|"Lima"' | sort)"
    sed -i -e 's/"parah"/"severe"/' -e 's/,"occurred_at":"[^"]*"//' -e 's/"report" "title":"Empat"/"report","title":"Empat","category":"flood.pump"/' \
        -e 's/"a-1"/"a-6"/' -e '/^\[/d' no.jsonl
    gives 0 import no.jsonl
    has "$stderr" '4 tersimpan, 0 sudah ada, 0 ditolak'
    same "$(total)" 6
}

@test "--rejects of CSV keeps heading, cells of two lines and separators" {
    { sheet; printf 'Lampu;"a\r\nb;c";road.pothole;99,1;106,9;jatiasih;;\r\n'; } > sheet.csv
    gives 1 import sheet.csv "${SHEET_MAP[@]}" --rejects no.csv
    same "$(head -n 1 no.csv)" 'judul;uraian;kategori;lintang;bujur;kecamatan;Nama;catatan'
    sed -i 's/99,1/-6,3/' no.csv
    gives 0 import no.csv "${SHEET_MAP[@]}"
    has "$stderr" '1 tersimpan, 0 sudah ada, 0 ditolak'
    gives 0 list -n 1 -o jsonl
    same "$(field 'body')" $'a\nb;c'
}

@test "--max-errors stops, and says where" {
    { report_line 1; yes '{"kind":"report" "title":"rusak"}' | head -n 500; report_line 2; } > long.jsonl
    gives 1 import long.jsonl --max-errors 3
    same "$(grep -c '^long.jsonl:[0-9]*: JSON: ' <<< "$stderr")" 3
    has "$stderr" '1 tersimpan, 0 sudah ada, 3 ditolak' 'berhenti di baris 4 karena --max-errors'
    gives 1 import long.jsonl
    has "$stderr" '1 tersimpan, 1 sudah ada, 500 ditolak'
    has_not "$stderr" 'max-errors'
    gives 64 import long.jsonl --max-errors nol
}

report_line() { # N
    printf '{"key":"r-%d","kind":"report","title":"Laporan %d","category":"flood.pump"}\n' "$1" "$1"
}

@test "--dry-run finds what it can and stores nothing" {
    mixed > m.jsonl
    gives 1 import m.jsonl --dry-run
    has "$stderr" "m.jsonl:2: severity: 'parah' tidak dikenal" 'm.jsonl:5: JSON: ' 'tidak ada yang dikirim'
    same "$(total)" 0
    same "$(SIAGA_SOURCE=it-1 siaga status -o jsonl 2> /dev/null | jq '.counters.received')" 0
    report_line 1 > one.jsonl
    daemon_stop
    gives 0 --lang en import one.jsonl --dry-run
    has "$stderr" '1 lines read, 0 refused; nothing was sent'
    daemon_start
}

@test "other words for categories: --category-map, whatever the case; unknown ones are told" {
    printf 'kata\tkategori\nJalan Berlubang\troad.pothole\nSALURAN MAMPET\tdrainage.blocked\n' > map.tsv
    printf 'judul,kategori\nA,jalan berlubang\nB,Saluran Mampet\nC,lain sekali\n' > c.csv
    gives 1 import c.csv --kind complaint --map title=judul --map category=kategori --category-map map.tsv
    has "$stderr" "c.csv:4: category: 'lain sekali'" '--category-map' '2 tersimpan, 0 sudah ada, 1 ditolak'
    same "$(siaga list --reverse -o jsonl | jq -r .category)" $'road.pothole\ndrainage.blocked'
    gives 66 import c.csv --kind complaint --category-map nosuch.tsv
    printf 'kata\tkategori\nsatu kata saja\n' > bad.tsv
    gives 65 import c.csv --kind complaint --category-map bad.tsv
    has "$stderr" 'bad.tsv:2: '
}

@test "exit codes: 65 when every line is refused, 66 without a file, 73 without room for rejects, 64 for a bad --map" {
    printf '{"kind":"report"}\n{"kind":"report","title":"x"}\n' > all.jsonl
    gives 65 import all.jsonl
    gives 66 import nosuch.jsonl
    has "$stderr" nosuch.jsonl
    gives 73 import all.jsonl --rejects "$DIR/nosuch/r"
    gives 64 import all.jsonl --map titel=x
    has "$stderr" "'titel' -> title"
    gives 64 import all.jsonl --map title
    : > empty
    gives 0 import empty
    has "$stderr" '0 tersimpan, 0 sudah ada, 0 ditolak'
    same "$(total)" 0
}

@test "from the input, and receipts as JSON" {
    report_line 1 > one.jsonl
    run --separate-stderr in_time "$BUILD/siaga" import - -o jsonl < one.jsonl
    same "$status" 0
    same "$(field seq)" 1
    has "$(field ticket)" R-
}

@test "no siagad: 69, and a later run makes it whole without doubles" {
    for n in {1..300}; do report_line "$n"; done > many.jsonl
    daemon_stop
    gives 69 import many.jsonl --timeout 1
    has "$stderr" 'belum selesai; jalankan lagi'
    daemon_start
    gives 0 import many.jsonl
    gives 0 import many.jsonl
    has "$stderr" '0 tersimpan, 300 sudah ada, 0 ditolak'
    same "$(total)" 300
}
