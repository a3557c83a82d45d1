#!/usr/bin/env bats
# Scene 2, the flood day: fifty events a second for a while, siagad killed just after the middle, everybody goes on.
# SIAGA_FLOOD_S (6) says for how many seconds; an hour is the scene as the city has to live through it.
# shellcheck disable=SC2154 # run sets status, output, stderr
FLOOD_S=${SIAGA_FLOOD_S:-6}
load fixture
LIFE_S=$((300 + 3 * FLOOD_S))
REPORTS=48 EMERGENCIES=2 # a second

setup() {
    begin bekasi
    quiet_city
    sed -i "s/^\(journal_size\|views_size\):.*/\1: $((64 + FLOOD_S / 8))MiB/" "$CITY/siagad.yaml"
    daemon_start
}

# A second's worth of what comes in by way of other systems, each line with its key.
second() { # N
    seq -f '%.0f' $((($1 - 1) * REPORTS + 1)) $(($1 * REPORTS)) | while read -r n; do
        case $((n % 4)) in
        0) what='"kind":"complaint","category":"drainage.blocked"' ;;
        1) what='"kind":"complaint","category":"road.pothole"' ;;
        *) what='"kind":"report","category":"flood.pump"' ;;
        esac
        printf '{"key":"hujan-%06d",%s,"title":"Air naik, laporan %d","kecamatan":"jatiasih"}\n' "$n" "$what" "$n"
    done
}

until_taken() { # COMMAND...: the same again while siagad is away or busy; anything else is wrong
    local code=1 by=$((SECONDS + LIFE_S))
    while [ "$SECONDS" -lt "$by" ]; do
        code=0
        "$@" >> told 2>> complaints || code=$?
        [ "$code" -eq 69 ] || [ "$code" -eq 75 ] || break
        echo "$code" >> again
    done
    [ "$code" -eq 0 ] || fail "$* ended with $code: $(tail -n 5 complaints)"
}

call() { # N
    siaga emergency "Warga terjebak banjir $1" --category rescue.person --kecamatan jatiasih --key "darurat-$1"
}

calls() { # N: those of a second
    local i
    for ((i = 1; i <= EMERGENCIES; i++)); do
        until_taken call $((($1 - 1) * EMERGENCIES + i)) || return
    done
}

keys() { # FILE PREFIX: what is there of it, in its order
    jq -r 'select(.entry == "event") | .key' "$1" | grep "^$2-"
}

has_come_to() { # HEAD FILE...
    local file
    for file in "${@:2}"; do
        [ "$(tail -n 1 "$file" | jq .seq)" -ge "$1" ] || return
    done
}

whole() { # FILE FILTER: a feed of a part has all of that part, once, in order
    jq "select($2) | .seq" truth > "$1.wanted"
    until_true has_come_to "$(tail -n 1 "$1.wanted")" "$1"
    jq "select(.seq <= $head) | .seq" "$1" | cmp - "$1.wanted" # siagad goes on raising alarms
}

@test "scene 2: flood day, siagad killed in the middle: nothing lost, doubled or out of order, every feed whole" {
    local n began=$SECONDS middle=$((FLOOD_S * 31 / 60)) head took
    export SIAGA_TIMEOUT=5
    away leader watch --from 1 -o jsonl
    SIAGA_SOURCE=walikota away emergencies watch --from 1 --kind emergency -o jsonl
    away pumps watch --from 1 --kind report --skpd dbmsda -o jsonl
    until_true watching 3
    : > again
    for ((n = 1; n <= FLOOD_S; n++)); do
        second "$n" > lines
        SIAGA_SOURCE=import-1 until_taken siaga import lines &
        calls "$n" &
        if [ "$n" -eq "$middle" ]; then
            daemon_kill
            daemon_start
        fi
        wait -n && wait -n
        while [ $((SECONDS - began)) -lt "$n" ]; do sleep 0.05; done
    done
    took=$((SECONDS - began))
    head=$(siaga status -o json | jq .head)
    same "$(siaga status -o json | jq .boot)" 2
    until_true has_come_to "$head" leader
    siaga watch --from 1 --count "$head" -o jsonl > truth

    keys truth hujan | cmp - <(seq -f 'hujan-%06.0f' 1 $((FLOOD_S * REPORTS))) # each once, in the order of the files
    keys truth darurat | sort -t - -k 2 -n | cmp - <(seq -f 'darurat-%.0f' 1 $((FLOOD_S * EMERGENCIES)))
    jq .seq truth | cmp - <(seq 1 "$head")
    same "$(total)" $((FLOOD_S * (REPORTS + EMERGENCIES)))
    head -n "$head" leader | cmp - truth
    whole emergencies '.kind == "emergency"'
    whole pumps '.kind == "report" and .owner == "dbmsda"'
    echo "# report: scene 2: $((FLOOD_S * (REPORTS + EMERGENCIES))) events in $took s, siagad killed in second $middle, $(wc -l < again) commands made again" >&3
}
