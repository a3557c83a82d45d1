#!/usr/bin/env bats
# A second city by changing data alone: the file of a call centre, imported as etc/sumenep/README.md says.
# Every incident comes out with the agency of the file; counts per agency and month are taken from the file by another program.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

setup() {
    begin sumenep
    daemon_start
}

bring() { # FILE
    SIAGA_SOURCE=cc112 gives 0 import "$1" --kind emergency --map key=ref --map occurred_at=received --map address=place --map body=text \
        --map kelurahan=village --map kecamatan=district --map title=category --category-map "$CITY/category-map.tsv"
}

counts_of_file() { # FILE
    in_time /usr/bin/python3 - "$1" << 'END'
import collections, json, sys
name = {"PEMADAM KEBAKARAN": "damkar", "SATPOLL PP": "satpolpp", "PUSKESMAS": "puskesmas", "PLN": "ext-pln",
        "BADAN PENANGGULANGAN BENCANA DAERAH": "bpbd", "DINAS PERHUBUNGAN": "dishub"}
rows = map(json.loads, open(sys.argv[1], encoding="utf-8"))
count = collections.Counter((name[r["agency"]], r["received"][:7]) for r in rows)
print(*(f"{owner}\t{month}\t{n}" for (owner, month), n in sorted(count.items())), sep="\n")
END
}

counts_of_siaga() {
    siaga list -n 0 -o jsonl > listed.jsonl
    in_time /usr/bin/python3 - << 'END'
import collections, datetime, json
wib = datetime.timezone(datetime.timedelta(hours=7))
month = lambda t: datetime.datetime.fromisoformat(t.replace("Z", "+00:00")).astimezone(wib).strftime("%Y-%m")
rows = map(json.loads, open("listed.jsonl", encoding="utf-8"))
count = collections.Counter((r["owner"], month(r["occurred_at"])) for r in rows)
print(*(f"{owner}\t{month}\t{n}" for (owner, month), n in sorted(count.items())), sep="\n")
END
}

whole() { # FILE: everything the file has is there, nothing twice, nothing with the wrong agency
    local n
    n=$(grep -c . "$1")
    bring "$1"
    has "$stderr" "$n tersimpan, 0 sudah ada, 0 ditolak"
    same "$(counts_of_siaga)" "$(counts_of_file "$1")"
    same "$(jq -r .key listed.jsonl | sort)" "$(jq -r .ref "$1" | sort)"
    bring "$1"
    has "$stderr" "0 tersimpan, $n sudah ada, 0 ditolak"
    same "$(total)" "$n"
}

@test "twelve incidents: counts per agency and month as in the file; a second run adds nothing" {
    whole "$DATA/centre.jsonl"
    same "$(jq -r .kind listed.jsonl | sort -u)" emergency
}

@test "what the file tells is kept: time, place, village, district, text, and when it was finished" {
    bring "$DATA/centre.jsonl"
    gives 0 list -n 0 --reverse -o jsonl
    local first
    first=$(jq -c 'select(.key == "uji-3")' <<< "$output")
    same "$(jq -r '[.occurred_at, .kecamatan, .kelurahan, .address, .body, .extra.agency, .extra.finished] | join("|")' <<< "$first")" \
        '2022-01-31T17:30:00.000000Z|kota-sumenep|pajagalan|Jl. Uji 3|Orang meresahkan di pasar.|SATPOLL PP|2022-02-01T02:00:00+07:00'
    same "$(jq -r 'select(.extra.finished == null) | .key' <<< "$output")" $'uji-5\nuji-10'
    same "$(jq -r '[.flags[]] | contains(["late"])' <<< "$first")" true
}

@test "who may not bring what is old is refused line by line" {
    SIAGA_SOURCE=operator-1 gives 65 import "$DATA/centre.jsonl" --kind report --map key=ref --map occurred_at=received --map title=category \
        --category-map "$CITY/category-map.tsv"
    has "$stderr" 'centre.jsonl:1: occurred_at: ' '0 tersimpan'
    same "$(total)" 0
}

@test "the centre's whole file" {
    [ -n "${SIAGA_CC112:-}" ] || skip 'SIAGA_CC112 names no file'
    whole "$SIAGA_CC112"
}
