#!/usr/bin/env bats
# The city's files: checked before use, swapped whole, or not at all.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

check() { # CODE FILE
    run --separate-stderr siagad -c "$2" --check-config
    [ "$status" -eq "$1" ] || fail "exit $status, $1 was wanted"$'\n'"$stderr"
}

spoil() { # FOLDER: three mistakes in three files
    sed -i 's/per_minute:/per_minut:/' "$1/siagad.yaml"
    sed -i 's/^duty: office/duty: offices/' "$1/skpd.d/dlh.yaml"
    sed -i '0,/role: field/s//role: fild/' "$1/people.d/field.yaml"
}

told() { # TEXT: in what siagad said
    grep -qF -- "$1" "$DIR/siagad.err"
}

@test "the cities of this tree are clean" {
    for folder in bekasi sumenep; do
        check 0 "$ROOT/etc/$folder/siagad.yaml"
        has "$stderr" '0 errors, 0 warnings'
    done
}

@test "every mistake of every file at once, with line, column and a mark under it: 78" {
    spoil "$CITY"
    check 78 "$CITY/siagad.yaml"
    has "$stderr" "3 errors, 0 warnings" "did you mean 'per_minute'?" "unknown duty 'offices'; write 24x7 or office" "did you mean 'field'?"
    local file line column shown mark n=0
    while IFS=: read -r file line column _; do
        # the caret stands under the column named, below the line of the file
        shown=$(grep -F -A 1 "$file:$line:$column:" <<< "$stderr" | tail -n 1)
        mark=$(grep -F -A 2 "$file:$line:$column:" <<< "$stderr" | tail -n 1)
        same "$shown" "$(sed -n "${line}p" "$file")"
        same "$mark" "$(printf '%*s^' $((column - 1)) '')"
        n=$((n + 1))
    done < <(grep -F ': error: ' <<< "$stderr")
    same "$n" 3
}

@test "several broken copies: each is refused with its place" {
    local name file find put said
    while IFS='|' read -r name file find put said; do
        cp -r "$CITY" "$name"
        sed -i "0,/$find/s//$put/" "$name/$file"
        cmp -s "$CITY/$file" "$name/$file" && fail "$name changed nothing"
        check 78 "$name/siagad.yaml"
        like "$stderr" "$name/[a-z./-]+:[0-9]+:[0-9]+: error: .*$said"
        has "$stderr" '^'
    done << 'END'
owner|skpd.d/dbmsda.yaml|primary: dbmsda|primary: dbmsdaa|dbmsda
unit|skpd.d/dbmsda.yaml|ack: 15m|ack: 15x|15x
category|skpd.d/dbmsda.yaml|category: road.pothole,|category: road.potholl,|road.pothol
twice|people.d/poc.yaml|id: poc-2|id: poc-1|poc-1
zone|city.yaml|+07:00|+07:99|07:99
size|siagad.yaml|64MiB|64MB|64MB
yaml|city.yaml|hours:|hours: [|
END
}

@test "a siagad is not started on files with mistakes" {
    daemon_stop
    spoil "$CITY"
    rm -rf "$STORE"
    run --separate-stderr siagad -c "$CITY/siagad.yaml"
    same "$status" 78
    has "$stderr" '2 mistakes' 'nothing was started'
    [ ! -e "$STORE" ] || fail 'the store was made'
    run --separate-stderr siagad -c "$DIR/nosuch/siagad.yaml" --check-config
    same "$status" 78
    has "$stderr" 'cannot be opened'
    run --separate-stderr siagad
    same "$status" 64
    run --separate-stderr siagad --bogus
    same "$status" 64
    sed -i 's/per_minut:/per_minute:/' "$CITY/siagad.yaml"
    cp "$ROOT/etc/bekasi/skpd.d/dlh.yaml" "$CITY/skpd.d/"
    cp "$ROOT/etc/bekasi/people.d/field.yaml" "$CITY/people.d/"
    daemon_start
}

@test "SIGHUP: a clean set takes over at once, with events of before as they were" {
    report > /dev/null
    sed -i '/kind: report, .*category: flood.pump/s/primary: dbmsda, supporting: \[bpbd\]/primary: bpbd, supporting: [dbmsda]/' "$CITY/skpd.d/dbmsda.yaml"
    gives 0 route report --category flood.pump -o jsonl
    same "$(field owner)" dbmsda
    kill -HUP "$DAEMON"
    until_true told 'read again, in force now'
    gives 0 route report --category flood.pump -o jsonl
    same "$(field owner)" bpbd
    report > /dev/null
    gives 0 list -o jsonl
    same "$(jq -r .owner <<< "$output" | paste -sd ' ')" 'bpbd dbmsda'
}

@test "SIGHUP: a set with a mistake changes nothing, and status tells until it is mended" {
    gives 0 status -o jsonl
    local since
    since=$(field config_loaded_at)
    spoil "$CITY"
    sed -i '/kind: report, .*category: flood.pump/s/primary: dbmsda, supporting: \[bpbd\]/primary: bpbd, supporting: [dbmsda]/' "$CITY/skpd.d/dbmsda.yaml"
    kill -HUP "$DAEMON"
    until_true told 'the files in force since before stay in force'
    gives 0 route report --category flood.pump -o jsonl
    same "$(field owner)" dbmsda
    SIAGA_SOURCE=field-dbmsda-1 gives 0 report 'Pompa' --category flood.pump
    gives 0 status
    has "$stderr" 'konfigurasi baru salah, yang lama tetap berlaku' 'siagad.yaml:' 'per_minut'
    gives 0 --lang en status
    has "$stderr" WARNING 'per_minut'
    gives 0 status -o jsonl
    same "$(field config_loaded_at)" "$since"
    like "$(field config_error)" 'siagad.yaml:[0-9]+:[0-9]+: error: '
    sed -i 's/per_minut:/per_minute:/' "$CITY/siagad.yaml"
    cp "$ROOT/etc/bekasi/skpd.d/dlh.yaml" "$CITY/skpd.d/"
    cp "$ROOT/etc/bekasi/people.d/field.yaml" "$CITY/people.d/"
    kill -HUP "$DAEMON"
    until_true told 'read again, in force now'
    gives 0 status -o jsonl
    same "$(field config_error)" null
    gives 0 route report --category flood.pump -o jsonl
    same "$(field owner)" bpbd
}

@test "SIGHUP: what is read at the start only is said" {
    sed -i 's/^journal_size: 64MiB/journal_size: 128MiB/' "$CITY/siagad.yaml"
    kill -HUP "$DAEMON"
    until_true told 'are read at start only; restart siagad to change them'
    sed -i 's/^journal_size: 128MiB/journal_size: 64MiB/' "$CITY/siagad.yaml"
}
