#!/bin/bash
# The fault tests as long as a night has, one row of the table below after the other.
#
#   tests/soak.sh [ID...]     from the root of the tree; `make soak` calls it, ROWS="D1 D5" plays some
#
# A row: ID | tree | what is played | environment | command. The tree is the build that SIAGA_BUILD names: plain, asan-ubsan
# or tsan. The command is `crash FILE...`, `faults FILE...` and `proto FILE...` (pytest), `flow FILE...` (bats), `program NAME` (of the tree) or
# any other; FILE is without its folder. What it printed stays in build/logs/soak/ID.log; its lines "# report: ..." are the
# figures. build/logs/soak.md tells of all rows, in a form that can be kept in docs/; the last line is "N passed, N failed". On
# a machine that others use, SIAGA_GRACE_S=1 forgives a second.
set -u

table() {
    cat << 'END'
oracle     | asan-ubsan | siagads broken on purpose are seen by the checker within five runs    |                                                                  | crash test_controls.py
controls   | asan-ubsan | so are those that let strangers in or believe messages               |                                                                  | proto test_controls.py
D1         | plain      | ten minutes of load, 32 clients, 8 watchers; D3, D4 in the middle     | SIAGA_FULL=1 SIAGA_LOAD_S=600 SIAGA_CLIENTS=32 SIAGA_LAST_WORD_S=600 | crash test_load.py -k "not burst"
D1-most    | plain      | the same for 75 s at seven tenths of what 32 clients get through      | SIAGA_FULL=1 SIAGA_LOAD_S=75 SIAGA_CLIENTS=32 SIAGA_LAST_WORD_S=600 | crash test_load.py -k test_load
D2         | plain      | a burst: 32 clients, 10,000 events each                               | SIAGA_CLIENTS=32 SIAGA_BURST=10000 SIAGA_LAST_WORD_S=600         | crash test_load.py -k burst
D5         | asan-ubsan | 200 x kill -9 under 32 clients                                        | SIAGA_KILLS=200 SIAGA_CLIENTS=32                                 | crash test_kill.py
D5-million | plain      | 20 x kill -9 with 1,000,000 events in the store                       | SIAGA_KILLS=20 SIAGA_CLIENTS=32 SIAGA_BEFORE=1000000 SIAGA_LAST_WORD_S=300 | crash test_kill.py -k "not control"
D5-desks   | asan-ubsan | 200 x kill -9 of siagad and of handlers                               | SIAGA_KILLS=200                                                  | crash test_desks.py
D6         | plain      | 10,000 states a disk may hold when the power goes; controls           | SIAGA_FAULTS=50                                                  | faults test_power.py
D7-D9      | plain      | ext4 stopped dead under load, a small disk, a full one                | SIAGA_FAULTS=25                                                  | faults test_file_systems.py
D8         | plain      | the n-th sync, page, root fails, n = 1..50, once and for ever         | SIAGA_FAULTS=50                                                  | faults test_errors.py
D10        | plain      | a map at 80, 90, 95 and 100 %                                         | SIAGA_FAULTS=10                                                  | faults test_full.py
D11        | plain      | 200 silent peers for 20 s, 64 descriptors                             | SIAGA_SILENT_S=20                                                | crash test_flood.py
D12        | plain      | siagad stands still for 30 s                                          | SIAGA_FROZEN_S=30                                                | crash test_frozen.py
D12-dog    | plain      | a commit stands still: the watchdog hears nothing                     | SIAGA_FREEZE_S=30                                                | proto test_service.py
D13        | asan-ubsan | the outbox: 200 x kill -9, full disks, two tools at once              | SIAGA_KILLS=200                                                  | crash test_outbox.py
D14        | plain      | siagad's clock jumps twenty times, clients' clocks are wrong          | SIAGA_JUMPS=20                                                   | crash test_clocks.py
D15        | plain      | a handler hangs for 60 s, one event ends every program                | SIAGA_FULL=1 SIAGA_TROUBLE_S=60 SIAGA_ATTEMPTS=5                 | crash test_handlers.py
D16        | plain      | a bad line for ten minutes: cut, lossy, slow                          | SIAGA_LINE_S=600                                                 | crash test_network.py
D17        | asan-ubsan | a second siagad, files read again, ends under load                    |                                                                  | crash test_lifecycle.py
D18        | asan-ubsan | a store that was altered or damaged                                   |                                                                  | crash test_damage.py test_altered.py test_views.py
D18-flips  | plain      | 400 flips in rows, 400 in page heads, files cut at every twentieth    | SIAGA_FAULTS=10                                                  | faults test_rot.py
D19        | asan-ubsan | backups under load, restored; numbers go on                           | SIAGA_KILLS=60                                                   | crash test_backup.py
D20        | asan-ubsan | 1,000,000 mutated messages                                            | SIAGA_MUTANTS=1000000                                            | proto test_mutants.py
D24-nth    | asan-ubsan | the n-th allocation fails, in siagad and the tools, at 400 places     | SIAGA_NTH=400                                                    | crash test_nth.py
D23-tsan   | tsan       | kills and a burst under the thread sanitizer                          | SIAGA_KILLS=30 SIAGA_BURST=2000 SIAGA_GRACE_S=60                 | crash test_kill.py test_load.py test_network.py test_desks.py -k "not control"
D23-memory | plain      | two minutes of load in valgrind                                       | SIAGA_LOAD_S=120 SIAGA_GRACE_S=60 SIAGA_AROUND="$VALGRIND"       | crash test_load.py
models     | asan-ubsan | the cases and their life against models, fifty times as long          | SIAGA_MODEL_ROUNDS=50                                            | models
D31        | plain      | the units, booted in a container                                      |                                                                  | bash tests/boot/boot_service.sh
deb        | plain      | the packages: made twice, installed, upgraded, purged in a container   |                                                                  | bash tests/boot/boot_packages.sh
scene-2    | plain      | the flood day: an hour at 50 events/s, siagad killed in minute 31     | SIAGA_FLOOD_S=3600                                               | flow 60-flood.bats
scene-2-o  | plain      | the flood day with the oracle: the power cut in minute 31 of 60       | SIAGA_FLOOD_S=3600                                               | faults test_flood_day.py
END
}

out=${SIAGA_OUT:-$PWD/build}
logs=$out/logs/soak
page=$out/logs/soak.md
read -ra make <<< "${MAKE:-make}"
passed=0 failed=0

# Nobody's own settings, home or language reach a test; rows say what they need.
for setting in "${!SIAGA_@}"; do
    case $setting in SIAGA_SEED | SIAGA_GRACE_S | SIAGA_CC112) ;; *) unset "$setting" ;; esac
done
unset PYTHONPATH PYTHONHOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 PYTHONNOUSERSITE=1 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
export VALGRIND='valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99'
export TSAN_OPTIONS="suppressions=$PWD/tests/crash/tsan.supp ignore_noninstrumented_modules=1"
mkdir -p "$logs/home"
export HOME=$logs/home

# ---- what a command word means

suite() { # FOLDER FILE... [-k WORDS]
    local folder=$1 arguments=() word
    shift
    for word; do
        case $word in *.py) arguments+=("tests/$folder/$word") ;; *) arguments+=("$word") ;; esac
    done
    "${around[@]}" /usr/bin/python3 -m pytest -q -p no:cacheprovider --rootdir="tests/$folder" "${arguments[@]}"
}
crash() { suite crash "$@"; }
proto() { suite proto "$@"; }
faults() { suite faults "$@"; }
flow() { bats --tap "${@/#/tests/flow/}"; }
program() { "$SIAGA_BUILD/$1" "${@:2}"; }
models() {
    local file
    for file in tests/model/{model,replay}_*.c; do program "${file%.c}" || return; done
}

# ---- building: the plain tree, and each that a chosen row wants, once

build() { # TREE
    case $1 in
    plain) "${make[@]}" --no-print-directory O="$out" WERROR=1 all tests controls ;;
    asan-ubsan) "${make[@]}" --no-print-directory O="$out" WERROR=1 SAN=asan,ubsan all tests ;;
    tsan) "${make[@]}" --no-print-directory O="$out" CC=clang SAN=tsan all ;;
    esac
}

trim() { # a field of the table
    local text=$1
    text=${text#"${text%%[! ]*}"}
    printf '%s' "${text%"${text##*[! ]}"}"
}

wanted() { # ID
    local id
    [ ${#chosen[@]} -gt 0 ] || return 0
    for id in "${chosen[@]}"; do [ "$id" != "$1" ] || return 0; done
    return 1
}

# ---- the page

head_of_page() {
    local disk
    disk=$(df --output=fstype "$out" | tail -n 1)
    echo '# Soak'
    echo
    echo "$(date -u '+%Y-%m-%d %H:%M') UTC, commit $(git rev-parse --short HEAD 2> /dev/null || echo unknown), $(nproc) processors" \
        "($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), $(awk '/MemTotal/ {printf "%d GiB", $2 / 1048576}' /proc/meminfo)," \
        "Linux $(uname -r), $disk."
    echo
    echo '| id | played | result | figures |'
    echo '|---|---|---|---|'
}

play() { # ID TREE WHAT ENVIRONMENT COMMAND
    local id=$1 log=$logs/$1.log status=0 began=$SECONDS result figures
    local around=()
    [ "$2" != tsan ] || around=(setarch -R)
    (
        export SIAGA_BUILD=$out SIAGA_CONTROLS=$out/controls
        [ "$2" = plain ] || SIAGA_BUILD=$out/$2
        eval "${4:+export $4;} $5"
    ) > "$log" 2>&1 < /dev/null || status=$?
    figures=$(sed -n 's/^#* *# report: //p; s/^# report: //p' "$log" | sort -u | awk '{printf "%s%s", s, $0; s = "<br>"}')
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1)) result="passed in $((SECONDS - began)) s"
        ! grep -qE '[0-9]+ skipped|# skip' "$log" || result="$result, in part skipped"
    else
        failed=$((failed + 1)) result="**failed** after $((SECONDS - began)) s"
        tail -n 40 "$log"
    fi
    printf '| %s | %s | %s | %s |\n' "$id" "$3" "$result" "$figures" >> "$page"
    printf '%-10s %s%s\n' "$id" "$result" "${figures:+: ${figures//<br>/; }}"
}

chosen=("$@")
for id in "${chosen[@]}"; do
    table | grep -q "^$id *|" || { echo "tests/soak.sh: no such row: $id" >&2; exit 64; }
done
build plain || { echo '0 passed, 1 failed'; exit 1; } # the controls are there for every row
built=' plain '
head_of_page > "$page"
while IFS='|' read -r -u 3 id tree what environment command; do
    id=$(trim "$id") tree=$(trim "$tree")
    wanted "$id" || continue
    if [[ $built != *" $tree "* ]]; then
        build "$tree" || { echo '0 passed, 1 failed'; exit 1; }
        built+="$tree "
    fi
    play "$id" "$tree" "$(trim "$what")" "$(trim "$environment")" "$(trim "$command")"
done 3< <(table)
{ echo; echo "$passed passed, $failed failed"; } >> "$page"
echo "$page"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
