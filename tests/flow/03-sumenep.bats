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

history() { # FILE: with the times of its own life
    SIAGA_SOURCE=cc112 siaga import "$1" --kind emergency --historic --map key=ref --map was_received=received --map was_resolved=finished \
        --map address=place --map body=text --map kelurahan=village --map kecamatan=district --map title=category \
        --category-map "$CITY/category-map.tsv"
}

# Every incident whose end does not lie before its beginning, by agency and month, with how many of them have an end and their minutes.
months_of_file() { # FILE
    in_time /usr/bin/python3 - "$1" << 'END'
import collections, datetime, json, sys
name = {"PEMADAM KEBAKARAN": "damkar", "SATPOLL PP": "satpolpp", "PUSKESMAS": "puskesmas", "PLN": "ext-pln",
        "BADAN PENANGGULANGAN BENCANA DAERAH": "bpbd", "DINAS PERHUBUNGAN": "dishub"}
time, count, minutes = datetime.datetime.fromisoformat, collections.Counter(), collections.Counter()
for r in map(json.loads, open(sys.argv[1], encoding="utf-8")):
    end = r.get("finished")
    if end and time(end) < time(r["received"]):
        continue
    count[name[r["agency"]], r["received"][:7], bool(end)] += 1
    minutes[name[r["agency"]], r["received"][:7]] += (time(end) - time(r["received"])).total_seconds() // 60 if end else 0
print(*(f"{key}\t{n}\t{minutes[key[:2]]:.0f}" for key, n in sorted(count.items())), sep="\n")
END
}

months_of_siaga() {
    siaga list -n 0 -o jsonl > listed.jsonl
    in_time /usr/bin/python3 - << 'END'
import collections, datetime, json
wib, count, minutes = datetime.timezone(datetime.timedelta(hours=7)), collections.Counter(), collections.Counter()
time = lambda t: datetime.datetime.fromisoformat(t.replace("Z", "+00:00")).astimezone(wib)
for r in map(json.loads, open("listed.jsonl", encoding="utf-8")):
    began, end = time(r["was_received"]), r.get("resolved_at")
    assert r["state"] == "closed" and "historic" in r["flags"] and ("no_end" in r["flags"]) == (end is None), r
    count[r["owner"], began.strftime("%Y-%m"), bool(end)] += 1
    minutes[r["owner"], began.strftime("%Y-%m")] += (time(end) - began).total_seconds() // 60 if end else 0
print(*(f"{key}\t{n}\t{minutes[key[:2]]:.0f}" for key, n in sorted(count.items())), sep="\n")
END
}

lived() { # FILE: as history, whole but for what contradicts itself, and only once
    local bad
    bad=$(jq -c 'select(.finished != null and .finished < .received)' "$1" | grep -c . || true)
    history "$1" 2> told || [ "$bad" -gt 0 ]
    has "$(< told)" "$(($(grep -c . "$1") - bad)) tersimpan, 0 sudah ada, $bad ditolak"
    same "$(months_of_siaga)" "$(months_of_file "$1")"
    history "$1" 2> told || [ "$bad" -gt 0 ]
    has "$(< told)" "0 tersimpan, $(($(grep -c . "$1") - bad)) sudah ada, $bad ditolak"
    same "$(siaga list --count --open || true)" 0
}

@test "history keeps its own times; what contradicts itself is refused with its line" {
    sed 's/"finished": "2022-02-01T02:00:00+07:00"/"finished": "2022-01-01T02:00:00+07:00"/' "$DATA/centre.jsonl" > wrong.jsonl
    lived wrong.jsonl
    has "$(< told)" "wrong.jsonl:3: was_resolved: '2022-01-01T02:00:00+07:00' mendahului was_received"
    same "$(siaga list --count --since 2022-01-31 --until 2022-02-01)" 1
    same "$(siaga list -o jsonl --since 2022-01-31 --until 2022-02-01 | jq -r .key)" uji-2
    same "$(siaga list --count --since today || true)" 0
    gives 0 list -n 1 --reverse
    has "$output" '2022-01-03' 'E-220103-0001'
}

@test "the daemon judges histories too, step by step, and takes them from importers alone" {
    submit_past() { # SOURCE KEY=VALUE...
        printf '%s\n' "$2" > one.jsonl
        SIAGA_SOURCE=$1 siaga import one.jsonl --kind emergency 2> told
    }
    local began='"title":"x","category":"fire","was_received":"2022-01-03T07:00:00+07:00"'
    submit_past cc112 "{\"key\":\"p1\",$began,\"was_on_scene\":\"2022-01-03T07:10:00+07:00\",\"was_resolved\":\"2022-01-03T08:00:00+07:00\",\"was_outcome\":\"fixed\"}"
    same "$(siaga list -o jsonl key=cc112/p1 | jq -c '[.response_s, .in_target, .outcome, .state]')" '[600,true,"fixed","closed"]'
    run submit_past cc112 "{\"key\":\"p2\",$began,\"was_on_scene\":\"2022-01-03T06:10:00+07:00\"}"
    has "$(< told)" 'one.jsonl:1: was_on_scene: '
    run submit_past cc112 "{\"key\":\"p3\",$began,\"was_cleared\":\"2022-01-03T07:20:00+07:00\",\"was_resolved\":\"2022-01-03T07:15:00+07:00\"}"
    has "$(< told)" 'one.jsonl:1: was_resolved: '
    run submit_past cc112 "{\"key\":\"p4\",\"title\":\"x\",\"category\":\"fire\",\"was_received\":\"2099-01-03T07:00:00+07:00\"}"
    has "$(< told)" 'one.jsonl:1: was_received: '
    run submit_past operator-1 "{\"key\":\"p5\",$began}"
    has "$(< told)" 'E_ROLE'
    same "$(total)" 1
}

@test "the centre's whole file, as history" {
    [ -n "${SIAGA_CC112:-}" ] || skip 'SIAGA_CC112 names no file'
    lived "$SIAGA_CC112"
}

@test "the centre's whole file" {
    [ -n "${SIAGA_CC112:-}" ] || skip 'SIAGA_CC112 names no file'
    whole "$SIAGA_CC112"
}
