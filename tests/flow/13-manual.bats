#!/usr/bin/env bats
# The manual does what it says: each command of its examples is run against a real siagad, in the order of the page, and ends as stated
# there (`# exit N`, else 0). And the shells complete from the tables of the verbs and from siagad.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

MAN=$ROOT/docs/man

examples() { # PAGE: its command lines, as people read them
    sed -n '/^\.Sh \(EXAMPLES\|CONTOH\)$/,/^\.Sh \(SEE\|LIHAT\) /s/^\$ //p' "$1" | sed 's/\\e/\\/g'
}

script_of() { # PAGE: a script that runs them one by one; the tickets and folders of the page are those of this scene
    local line want
    # shellcheck disable=SC2016 # said by the script
    printf '%s\n' 'wrong=0' 'check() { [ "$1" -eq "$2" ] || { echo "exit $1, $2 was stated: $3"; wrong=1; }; }'
    while IFS= read -r line; do
        want=0
        [[ $line =~ '    # exit '([0-9]+)$ ]] && want=${BASH_REMATCH[1]}
        printf '%s\ncheck $? %s %q\n' "$line" "$want" "$line"
    done < <(examples "$1") | sed -e "s|E-261124-0042-K|$FIRE|g" -e "s|E-261124-0043-C|$SECOND|g" -e "s|C-261124-0007-H|$HOLE|g" \
        -e "s|/etc/siaga|$CITY|g" -e "s|/var/lib/siaga|$STORE|g"
    # shellcheck disable=SC2016 # said by the script
    echo 'exit "$wrong"'
}

plays() { # PAGE...: in a scene with two fires and a pothole
    local page
    FIRE=$(emergency) SECOND=$(emergency) HOLE=$(complaint)
    for page in "$@"; do
        [ -n "$(examples "$page")" ] || fail "$page: no examples were found"
        script_of "$page" > script
        PATH=$BUILD:$PATH timeout --kill-after=5 "$LIFE_S" bash script > said 2>&1 < /dev/null ||
            fail "$page:"$'\n'"$(cat said)" || return
    done
}

@test "the examples of siaga.1 and of siaga-send.1" {
    plays "$MAN/siaga.1" "$MAN/siaga-send.1"
    [ "$(wc -l < sisa.jsonl)" -eq 1 ]
    gives 0 list key=poc-1/pompa-1 --count
    same "$output" 1
}

@test "the examples of siaga-list.1" {
    plays "$MAN/siaga-list.1"
}

@test "the examples of siaga-case.1" {
    plays "$MAN/siaga-case.1"
    same "$(siaga show "$SECOND" -o json | jq -r .case.state)" merged
}

@test "the examples of siaga-handle.1 and of siaga-status.1" {
    plays "$MAN/siaga-handle.1" "$MAN/siaga-status.1"
    same "$(jq -r .kind pekerjaan.json)" emergency
}

@test "the examples of siaga-digest.1 and of siaga-backup.1" {
    plays "$MAN/siaga-digest.1" "$MAN/siaga-backup.1"
    same "$(stat -c %a malam.backup)" 600
    same "$(jq -s -r '.[1].told.entry' jurnal.jsonl)" event
}

@test "the examples of siaga-cert.1" {
    mkdir people.d
    plays "$MAN/siaga-cert.1"
    has "$(cat people.d/*.yaml)" poc-5
}

@test "the examples of siagad.8 and of siagad.yaml.5" {
    plays "$MAN/siagad.8" "$MAN/siagad.yaml.5"
}

@test "the examples of the Indonesian pages" {
    plays "$MAN"/id/man1/*.1
}

@test "the program of siaga.3 compiles, and what it sends is there" {
    sed -n '/^#include/,/^\.Ed/{/^\.Ed/!p}' "$MAN/siaga.3" | sed 's/\\e/\\/g' > kirim.c
    mkdir bin
    # shellcheck disable=SC2016 # said by the scripts
    printf '#!/bin/sh\ncase $1 in --cflags) echo -I%s/include ;; *) echo -L%s -lsiaga -Wl,-rpath,%s ;; esac\n' "$ROOT" "$BUILD" "$BUILD" > bin/pkg-config
    # the library under test may want its sanitizers in the program
    printf '#!/bin/sh\nexec gcc %s -Wall -Werror "$@"\n' "$(nm -D "$BUILD/libsiaga.so.0" | grep -q __asan_init && echo -fsanitize=address,undefined)" > bin/cc
    chmod +x bin/*
    PATH=$DIR/bin:$PATH plays "$MAN/siaga.3"
    run --separate-stderr in_time ./kirim
    same "$status" 0
    gives 0 list ticket="$output" -o jsonl
    same "$(field title)" 'Pompa kembali jalan'
}

# ---- completion

completed() { # LINE [PROGRAM]: what bash offers at its end, a line each
    # shellcheck disable=SC2016 # said by that bash
    in_time bash -c 'source "$1/script.bash"; COMP_LINE=$2 COMP_POINT=${#2} COMPREPLY=(); _siaga "$3" 2>/dev/null; printf "%s\n" "${COMPREPLY[@]}"' \
        _ "$DIR" "$1" "${2:-$BUILD/siaga}"
}

@test "bash completes verbs, options, words, and what siagad knows" {
    siaga completion bash > script.bash
    in_time bash -n script.bash
    same "$(completed 'siaga emer')" emergency
    same "$(completed 'siaga --lang en wat')" watch
    same "$(completed 'siaga list --expl')" --explain
    same "$(completed 'siaga list --severity ext')" extreme
    same "$(completed 'siaga list --severity=ext')" extreme
    same "$(completed 'siaga watch --severity extreme,sev')" extreme,severe
    same "$(completed 'siaga wait C-1 third')" third_party
    same "$(completed 'siaga cert ')" $'new\nenrol\nrevoke\nlist'
    same "$(completed 'siaga list near')" near=
    same "$(completed 'siaga errors E_BUS')" E_BUSY
    same "$(completed 'siaga nosuch ')" ''
    same "$(PATH=$BUILD:$PATH completed 'siaga-emergency --sev' siaga-emergency)" --severity
    local fire
    fire=$(emergency)
    same "$(completed 'siaga forward X --to disdam')" disdamkarmat
    same "$(completed 'siaga list skpd=poc-112,disdam')" poc-112,disdamkarmat
    same "$(completed 'siaga emergency --category fire.build')" fire.building
    same "$(completed 'siaga report x --kecamatan jatia')" jatiasih
    same "$(completed 'siaga ack E-')" "$fire"
    same "$(completed "siaga ack ${fire%?}")" "$fire"
    has "$(siaga completion at -- show '')" "$fire"$'\t'Kebakaran
    gives 0 completion words category
    same "$(sort -c <<< "$output" && echo sorted)" sorted
    has "$output" fire.building road.pothole
}

@test "with siagad away a completion is short and silent" {
    siaga completion bash > script.bash
    daemon_stop
    local began=$SECONDS
    same "$(completed 'siaga forward X --to dis')" ''
    [ $((SECONDS - began)) -lt "$PATIENCE_S" ]
    gives 69 completion words skpd
    same "$output" ''
    gives 64 completion words people
    gives 64 completion fish
    gives 64 completion
}

@test "zsh reads its script" {
    siaga completion zsh > _siaga
    like "$(head -n 1 _siaga)" '^#compdef siaga '
    in_time zsh -n _siaga
}

@test "zsh offers the same" {
    siaga completion zsh > _siaga
    local fire
    fire=$(emergency)
    offered() { # WORD...: what zsh's own function hands over, a line each
        # shellcheck disable=SC2016 # said by that zsh
        PATH=$BUILD:$PATH in_time zsh -f -c 'compdef() { }; compset() { }; _files() { print files }
            compadd() { print -l -- "${(@P)@[-1]}" }; source ./_siaga; words=("$@"); CURRENT=$#words; _siaga' _ "$@"
    }
    same "$(offered siaga emer)" emergency
    same "$(offered siaga list --expl)" --explain
    same "$(offered siaga watch severity=extreme,sev)" severity=extreme,severe
    same "$(offered siaga watch skpd=disdam)" skpd=disdamkarmat
    same "$(offered siaga watch wor)" '' # a feed cannot be asked for words
    same "$(offered siaga list wor)" words=
    same "$(offered siaga emergency x --category fire.build)" fire.building
    same "$(offered siaga show "${fire%???}")" "$fire"
    same "$(offered siaga list --fields tick)" ticket
    same "$(offered siaga backup '')" files
    same "$(offered siaga-watch skpd=disdam)" skpd=disdamkarmat
    same "$(offered /usr/bin/siaga-emergency --sever)" --severity
}

@test "a siagad that does not answer holds nobody up who completes" {
    kill -STOP "$DAEMON"
    local began=${EPOCHREALTIME/./} took
    run --separate-stderr siaga completion words skpd
    took=$((${EPOCHREALTIME/./} - began))
    kill -CONT "$DAEMON"
    same "$status" 69
    same "$output" ''
    [ "$took" -lt 2000000 ] || fail "$took us"
}

# ---- errors, cheat

@test "errors: every verdict and exit code in both languages; an unknown one gets a suggestion" {
    gives 0 errors e_busy
    has "$output" 'E_BUSY  (75)' 'id  arti:' 'en  meaning:' 'id  lakukan:' 'en  do:'
    gives 0 errors 75
    has "$output" E_BUSY E_RATE E_FULL
    has_not "$output" E_FIELD
    gives 0 errors -o json
    same "$(jq 'length > 30 and all(.[]; (.code | startswith("E_")) and .meaning_id != .meaning_en and .do_id != "" and .do_en != "")' <<< "$output")" true
    for code in 0 1 64 65 66 69 70 71 73 74 75 76 77 78; do
        gives 0 errors "$code" -o jsonl
        same "$(head -n 1 <<< "$output" | jq .exit)" "$code"
    done
    gives 64 errors E_BUZY
    has "$stderr" E_BUSY
    gives 64 errors 200
}

@test "cheat: a dozen real lines, each of which is understood" {
    local line code
    gives 0 cheat
    same "$(grep -c '^  siaga ' <<< "$output")" 12
    while IFS= read -r line; do
        code=0
        bash -c "siaga() { timeout $PATIENCE_S '$BUILD/siaga' \"\$@\" --server ipc://$DIR/away --timeout 0.2; }; set -o pipefail; ${line%% |*}" > /dev/null 2> said < /dev/null || code=$?
        [ "$code" -eq 69 ] || fail "$line: $code $(cat said)"
    done < <(grep '^  siaga ' <<< "$output")
    gives 0 --lang en cheat field
    has "$output" 'report from the field'
    has_not "$output" 'siaga due'
    gives 1 cheat auditor
    gives 64 cheat nobody
}
