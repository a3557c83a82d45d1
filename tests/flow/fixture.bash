# shellcheck shell=bash
# What the scenes share: a city, a siagad and a folder for every test; `siaga` under a deadline; what is expected.
# Loaded by each file; setup and teardown are these unless the file has its own.
#
#   gives CODE VERB ARGS...    runs siaga, wants this exit code; leaves $output and $stderr
#   has TEXT PART...           every part stands in the text
#   until_true COMMAND...      tries until it succeeds; the deadline is far off
#   clock_is TIME              siagad lives at that time of day in Bekasi, from now on
#   clock_goes TIME            the same, and minutes_until N COMMAND... lets N minutes go by each second until it succeeds
#
# shellcheck disable=SC2154 # bats and run set status, output, stderr

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
BUILD=${SIAGA_BUILD:-$ROOT/build}
# shellcheck disable=SC2034 # for the files
DATA=$ROOT/tests/flow/data
PATIENCE_S=40 # one command, also under a sanitizer on a busy machine
LIFE_S=300    # one daemon
WAIT_S=120    # something that siagad does by its clock, which a busy machine delays

# ---- beginning and end of a scene

setup() {
    begin bekasi
    quiet_city
    daemon_start
}

teardown() {
    finish
}

begin() { # CITY: the folder, the city's files with small maps, an environment without anything of the caller's
    local name
    for name in "${!SIAGA_@}"; do
        [ "$name" = SIAGA_BUILD ] || [ "$name" = SIAGA_CC112 ] || unset "$name"
    done
    DIR=$(cd "$BATS_TEST_TMPDIR" && pwd)
    CITY=$DIR/city
    STORE=$DIR/store
    DAEMON='' RUNNER='' AWAY=() CLOCK=''
    export LC_ALL=C.UTF-8 TZ=UTC HOME=$DIR SIAGA_SERVER=ipc://$DIR/s SIAGA_SOURCE=poc-1
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}log_path=$DIR/sanitizer
    UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}log_path=$DIR/sanitizer
    export ASAN_OPTIONS UBSAN_OPTIONS
    unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_RUNTIME_DIR NO_COLOR
    cp -r "$ROOT/etc/$1" "$CITY"
    sed -i -e "s|^listen:.*|listen: [ipc://$DIR/s]|" -e "s|^store:.*|store: $STORE|" \
        -e 's/^\(journal_size\|views_size\):.*/\1: 64MiB/' -e 's/^persons_size:.*/persons_size: 16MiB/' \
        -e 's/^ipc:.*/ipc: claimed/' -e 's/^open_role:.*/open_role: operator/' -e '/^erasures:/d' "$CITY/siagad.yaml"
    calendar_for_today
    cd "$DIR" || return
}

calendar_for_today() { # a test of next year must not wait for next year's decree
    local year
    year=$(TZ=Asia/Jakarta date +%Y)
    [ -e "$CITY/calendar.d/$year.yaml" ] ||
        printf 'year: %s\ndecree: none yet\nholidays: []\n' "$year" > "$CITY/calendar.d/$year.yaml"
}

quiet_city() { # nobody is told of silent SKPD: for scenes that are about something else
    sed -i '/^silence:/d' "$CITY/city.yaml"
}

finish() { # whatever a scene left running is stopped; siagad must go in peace, and nothing may have been reported
    local pid failed=0
    for pid in "${AWAY[@]}"; do
        kill -KILL "$(child_of "$pid")" 2> /dev/null || true
        wait "$pid" 2> /dev/null || true
    done
    [ -z "$DAEMON" ] || daemon_stop || failed=1
    no_report || failed=1
    [ "$failed" -eq 0 ] || tail -n 40 "$DIR/siagad.err" >&2
    cd / && rm -rf "$DIR" # bats keeps it to its end, and a store is large
    return "$failed"
}

no_report() { # of a sanitizer, about siagad or any command
    local report
    for report in "$DIR"/sanitizer.*; do
        [ ! -e "$report" ] || { head -n 60 "$report" >&2; return 1; }
    done
}

# ---- processes

siagad() { timeout --kill-after=5 "$PATIENCE_S" "$BUILD/siagad" "$@"; }
siaga() { timeout --kill-after=5 "$PATIENCE_S" "$BUILD/siaga" "$@"; }
in_time() { timeout --kill-after=5 "$PATIENCE_S" "$@"; }

child_of() { # PID: what `timeout` runs under this pid
    cat "/proc/$1/task/$1/children" 2> /dev/null
}

until_true() { # COMMAND...
    local by=$((SECONDS + WAIT_S))
    until "$@"; do
        [ "$SECONDS" -lt "$by" ] || { echo "never came true: $*" >&2; return 1; }
        sleep 0.05
    done
}

at_time() { # TIME COMMAND...: a program that believes it is then, in Bekasi; gcc's sanitizer would rather be loaded first
    local when=$1
    shift
    sweep_clocks
    TZ=Asia/Jakarta ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0" in_time faketime -f "$when" "$@"
}

sweep_clocks() { # what libfaketime shares under a process number outlives a kill, and stops the next bearer of that number
    local file
    for file in /dev/shm/faketime_shm_* /dev/shm/sem.faketime_sem_*; do
        [ -e "/proc/${file##*_}" ] || rm -f "$file"
    done
}

answers() { siaga status --timeout 2 > /dev/null 2>&1; }
gone() { ! kill -0 "$1" 2> /dev/null; }
answers_or_gone() { answers || gone "$RUNNER"; }

daemon_start() { # returns when it answers
    local at=() when=(FAKETIME="@$CLOCK")
    [ -z "$CLOCK" ] || sweep_clocks
    [ "$CLOCK" != file ] || when=(FAKETIME_TIMESTAMP_FILE="$DIR/clock" FAKETIME_NO_CACHE=1) # a test writes there
    # gcc's sanitizer wants to be first in the list of libraries; libfaketime has to be
    [ -z "$CLOCK" ] || at=(env TZ=Asia/Jakarta "${when[@]}" FAKETIME_DONT_FAKE_MONOTONIC=1
        LD_PRELOAD="$(faketime -f +0 printenv LD_PRELOAD)" ASAN_OPTIONS="$ASAN_OPTIONS:verify_asan_link_order=0")
    timeout --kill-after=5 "$LIFE_S" "${at[@]}" "$BUILD/siagad" -c "$CITY/siagad.yaml" \
        > "$DIR/siagad.out" 2>> "$DIR/siagad.err" < /dev/null 3>&- &
    RUNNER=$!
    until_true answers_or_gone
    DAEMON=$(child_of "$RUNNER")
    [ -n "$DAEMON" ] || fail "siagad ended at once: $(cat "$DIR/siagad.err")"
    DAEMON=${DAEMON% }
}

clock_is() { # '2026-11-24 02:10:00'
    [ -z "$DAEMON" ] || daemon_stop || return
    CLOCK=$1
    daemon_start
}

clock_goes() { # '2026-11-24 02:10:00'
    [ -z "$DAEMON" ] || daemon_stop || return
    CLOCK=file NOW_S=$(date -u -d "$1" +%s)
    clock_write
    daemon_start
}

clock_write() { # whole, whenever it is read
    date -u -d "@$NOW_S" '+@%F %T' > "$DIR/clock.new"
    mv "$DIR/clock.new" "$DIR/clock"
}

minutes_until() { # N COMMAND...: siagad looks at the clock each second
    local minutes=$1 by=$((SECONDS + WAIT_S))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$by" ] || { echo "never came true: $*" >&2; return 1; }
        NOW_S=$((NOW_S + 60 * minutes))
        clock_write
        sleep 1
    done
}

daemon_stop() { # asked politely, it must end with 0
    local code=0
    kill -TERM "$DAEMON" || { echo 'siagad had died by itself' >&2; code=1; }
    wait "$RUNNER" || code=$?
    DAEMON='' RUNNER=''
    [ "$code" -eq 0 ] || echo "siagad stopped with $code" >&2
    return "$code"
}

daemon_kill() { # the worst: no farewell
    kill -KILL "$DAEMON"
    wait "$RUNNER" || true
    DAEMON='' RUNNER=''
}

away() { # OUTPUT VERB ARGS...: siaga in the background, its pid (that of its timeout) in $LAST; errors in OUTPUT.err
    local out=$1
    shift
    timeout --kill-after=5 "$LIFE_S" "$BUILD/siaga" "$@" >> "$out" 2>> "$out.err" < /dev/null 3>&- &
    LAST=$!
    AWAY+=("$LAST")
}

ended() { # PID CODE: it ends by itself, with this code
    local code=0
    until_true ended_or_zombie "$1"
    wait "$1" || code=$?
    [ "$code" -eq "$2" ] || fail "it ended with $code, $2 was wanted"
}

ended_or_zombie() { [ -z "$(child_of "$1")" ]; }

watching() { # N: so many feeds are open
    [ "$(siaga status -o jsonl 2> /dev/null | jq .watches)" = "$1" ]
}

# ---- what is expected

fail() {
    printf '%s\n' "$*" >&2
    return 1
}

gives() { # CODE VERB ARGS...
    local want=$1
    shift
    run --separate-stderr siaga "$@"
    [ "$status" -eq "$want" ] ||
        fail "siaga $*: exit $status, $want was wanted"$'\n'"$output"$'\n'"$stderr"
}

has() { # TEXT PART...
    local text=$1 part
    shift
    for part in "$@"; do
        [[ $text == *"$part"* ]] || fail "without '$part':"$'\n'"$text" || return
    done
}

has_not() { # TEXT PART...
    local text=$1 part
    shift
    for part in "$@"; do
        [[ $text != *"$part"* ]] || fail "with '$part':"$'\n'"$text" || return
    done
}

like() { # TEXT PATTERN: the extended expression fits somewhere
    [[ $1 =~ $2 ]] || fail "not like '$2':"$'\n'"$1"
}

same() { # A B
    [ "$1" = "$2" ] || fail "'${1:0:2000}' is not '${2:0:2000}'"
}

harmless() { # TEXT: nothing in it speaks to a terminal
    has_not "$1" $'\e' $'\a' $'\r' $'\x9b' $'\u202e'
}

lines() { # TEXT: how many
    printf '%s' "${1:+$1$'\n'}" | wc -l
}

field() { # NAME, of the JSON in $output
    jq -r ".$1" <<< "$output"
}

# ---- things every scene sends: each prints the ticket

emergency() { siaga emergency 'Kebakaran ruko Jl. Juanda' --category fire.building --kecamatan bekasi-timur --at=-6.2384,107.0006 "$@" -o jsonl | jq -r .ticket; }
wasps() { siaga emergency 'Sarang tawon di sekolah' --category wasp_nest --kecamatan bekasi-timur "$@" -o jsonl | jq -r .ticket; } # one SKPD alone
complaint() { siaga complaint 'Jalan berlubang' --category road.pothole --kecamatan jatiasih "$@" -o jsonl | jq -r .ticket; }
report() { siaga report 'Pompa kembali jalan' --category flood.pump --kecamatan bekasi-timur "$@" -o jsonl | jq -r .ticket; }
total() { siaga list --count "$@" || true; }
