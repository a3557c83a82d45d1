#!/usr/bin/env bats
# The forms of the output, and --fields: one way out for every verb.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

on_screen() { # COMMAND...: what a person sees on a screen of 80 columns
    in_time env TERM=xterm script -qec "stty cols 80; $*" /dev/null | tr -d '\r'
}

unpacked() { # msgpack on stdin: JSON Lines
    /usr/bin/python3 -c 'import json, msgpack, sys
for row in msgpack.Unpacker(sys.stdin.buffer): print(json.dumps(row))'
}

@test "plain: a record a line, tabs between its fields, no heading, nothing that speaks to a terminal" {
    local fire hole
    fire=$(emergency) hole=$(complaint --at=-6.3,106.9)
    printf 'satu\ndua\ttiga' | siaga report Pompa --body - --category flood.pump --kecamatan bekasi-timur > /dev/null
    gives 0 list -o plain --lang id
    same "$(lines "$output")" 3
    same "$(awk -F '\t' '{ print NF }' <<< "$output" | sort -u)" 7
    harmless "$output"
    like "$output" $'^R-[0-9]+-0001-.\t[^\t]+Z\tsevere\tassigned\tdbmsda\tbekasi-timur\tPompa'
    gives 0 list -o plain --fields body kind=report
    same "$output" 'satu\ndua\ttiga'
    gives 0 list -o plain
    local indonesian=$output
    gives 0 list -o plain --lang en # its words are those of the wire
    same "$output" "$indonesian"
    gives 0 list -o plain --fields title,ticket,lat,helpers "ticket=$hole"
    same "$output" "Jalan berlubang"$'\t'"$hole"$'\t-6.3\t'
    gives 0 show "$fire" -o plain
    has "$output" $'\ncase.ticket\t'"$fire"$'\n' $'case.helpers\tdinkes,ext-polres\n'
    gives 0 ack "$fire" -o plain
    like "$output" "^$fire"$'\tacknowledged\t2\tdisdamkarmat$'
}

@test "the same fields in every form, in the order asked for" {
    local fire
    fire=$(emergency)
    local fields=title,ticket,tasks.0.skpd
    gives 0 list --fields $fields -o jsonl
    same "$output" "{\"title\":\"Kebakaran ruko Jl. Juanda\",\"ticket\":\"$fire\",\"tasks.0.skpd\":\"dinkes\"}"
    local line=$output
    gives 0 list --fields $fields -o json
    same "$output" $'[\n'"$line"$'\n]'
    same "$(siaga list --fields $fields -o msgpack | unpacked | jq -c .)" "$line"
    gives 0 list --fields $fields -o cloudevents
    same "$(jq -c .data <<< "$output")" "$line"
    gives 0 list --fields $fields -o plain
    same "$output" "Kebakaran ruko Jl. Juanda"$'\t'"$fire"$'\tdinkes'
    gives 0 list --fields ticket,severity --lang id
    like "$output" "^ticket +severity"$'\n'"$fire +Belum dinilai\$"
    gives 0 watch --from 1 --count 1 --fields ticket,entry -o plain
    same "$output" "$fire"$'\tevent'
    gives 0 status --fields city,journal.size_bytes -o plain
    same "$output" $'Kota Bekasi\t67108864'
}

@test "msgpack: a stream of the maps that siagad gave" {
    emergency > /dev/null
    complaint > /dev/null
    same "$(siaga list -o msgpack | unpacked | jq -S -c .)" "$(siaga list -o jsonl | jq -S -c .)"
    same "$(siaga watch --from 1 --count 2 -o msgpack | unpacked | jq -r .seq | paste -sd,)" 1,2
    in_time script -qec "$BUILD/siaga list -o msgpack" said > /dev/null < /dev/null || code=$?
    same "$code" 64
}

@test "cloudevents: what has happened, the same entry under the same id" {
    local fire
    fire=$(emergency)
    siaga ack "$fire" > /dev/null
    siaga watch --from 1 --count 2 -o cloudevents > events
    siaga show "$fire" -o cloudevents > shown
    same "$(jq -S -c '[.id, .type, .subject]' shown)" "$(jq -S -c '[.id, .type, .subject]' events)"
    same "$(jq -r '[.specversion, .id, .source, .type, .subject, .datacontenttype] | join(" ")' events)" \
"1.0 1 urn:siaga:kota-bekasi id.go.bekasikota.siaga.event.created $fire application/json
1.0 2 urn:siaga:kota-bekasi id.go.bekasikota.siaga.move.ack $fire application/json"
    same "$(jq -c .data events)" "$(siaga watch --from 1 --count 2 -o jsonl)"
    same "$(jq -r .time events)" "$(jq -r .data.at events)"
    gives 64 ack "$fire" -o cloudevents # said before anything is done
    has "$stderr" watch list show
    same "$(siaga show "$fire" -o json | jq .case.version)" 2
}

@test "what is not known: 64 with the nearest, before anything is asked or done" {
    local hole
    hole=$(complaint)
    gives 64 list --fields tiket
    has "$stderr" "tidak ada isian 'tiket'; maksudnya ticket?"
    gives 64 verify "$hole" --fields ticket,stat --lang en
    has "$stderr" "no field 'stat'; did you mean state?"
    same "$(siaga show "$hole" -o json | jq .case.version)" 1
    gives 64 list --fields ,
    gives 64 list -o jsno --lang en
    has "$stderr" 'plain' 'did you mean json'
    gives 64 cheat -o json
    gives 64 completion words skpd --fields ticket
    SIAGA_OUTPUT=xml gives 78 list
    SIAGA_OUTPUT=jsonl gives 0 list
    same "$(field ticket)" "$hole"
}

@test "what is long goes through a pager on a screen, and nowhere else" {
    emergency --severity extreme > /dev/null
    local there="$BUILD/siaga" out
    export SIAGA_PAGER='sed s/^/paged:/'
    out=$(on_screen "$there list")
    has "$out" paged:TIKET paged:$'\e['
    same "$(grep -cv ^paged: <<< "$out")" 0
    has "$(on_screen "$there list skpd=dinkes")" 'paged:tidak ada kasus yang cocok' # remarks go with the rest
    has_not "$(on_screen "$there list --no-pager")" paged:
    has_not "$(on_screen "$there list -o plain")" paged:
    has_not "$(on_screen "SIAGA_PAGER= $there list")" paged:
    has_not "$(on_screen "TERM=dumb $there list")" paged:
    has_not "$(on_screen "$there list | cat")" paged:
    gives 0 list
    has_not "$output" paged:
    # who closes it has seen enough: no failure; the code is that of the verb
    has "$(on_screen "SIAGA_PAGER='head -n 1' $there errors; echo code \$?")" 'code 0'
    has "$(on_screen "$there list skpd=dinkes > /dev/null; echo code \$?")" 'code 1'
    unset SIAGA_PAGER
    has "$(PAGER='sed s/^/other:/' on_screen "$there list")" other:TIKET
}

@test "colour: on a screen alone, as NO_COLOR and --color say, and never without the word" {
    emergency --severity extreme > /dev/null
    complaint > /dev/null
    local there="SIAGA_PAGER= $BUILD/siaga" coloured
    coloured=$(on_screen "$there list")
    has "$coloured" $'\e[1;31m' Kritis
    same "$(printf '%s\n' "$coloured" | sed 's/\x1b\[[0-9;]*m//g')" "$(on_screen "NO_COLOR=1 $there list")"
    has_not "$(on_screen "NO_COLOR=1 $there list")" $'\e'
    has_not "$(on_screen "TERM=dumb $there list")" $'\e'
    has_not "$(on_screen "$there list --color never")" $'\e'
    has_not "$(on_screen "$there list --fields ticket,title")" $'\e' # no column says why
    gives 0 list
    harmless "$output"
    gives 0 list --color always
    has "$output" $'\e[1;31m'
    SIAGA_COLOR=always gives 0 list
    has "$output" $'\e[1;31m'
    gives 64 list --color maybe
    SIAGA_COLOR=maybe gives 78 list
}

@test "progress: on a screen, when it takes long, and gone at the end" {
    cat > feed.sh << 'END'
until grep -qa 'baris, ' seen; do
    echo '{"kind":"report","title":"Pompa","category":"flood.pump"}'
done
END
    in_time env TERM=xterm script -qfec "sh feed.sh | '$BUILD/siaga' import - --dry-run" seen > /dev/null < /dev/null
    like "$(cat seen)" $'\r\e\\[K[0-9]+ baris, [0-9]+/dtk, 0 ditolak'
    like "$(cat seen)" $'\r\e\\[K[0-9]+ baris terbaca, 0 ditolak'
}
