#!/bin/bash
# Makes docs/screens anew: `siaga top` on a busy desk as text, in both sizes and languages; and what it looks like when
# siagad is not heard. Times and tickets are those of the day it is run. And the tables, which are the same each time.
#
#   make && tests/flow/screens.sh [tables]
set -eu

BATS_TEST_DIRNAME=$(cd "$(dirname "$0")" && pwd)
BATS_TEST_TMPDIR=$(mktemp -d)
export BATS_TEST_DIRNAME BATS_TEST_TMPDIR
bats_require_minimum_version() { :; }

# shellcheck disable=SC1091
. "$BATS_TEST_DIRNAME/fixture.bash"
# shellcheck disable=SC1091
. "$BATS_TEST_DIRNAME/screen.bash"
# shellcheck disable=SC1091
. "$BATS_TEST_DIRNAME/tables.bash"

make_tables() {
    local width language
    begin bekasi
    quiet_city
    tables_begin
    for width in 80 200; do
        for language in id en; do
            tables "$width" "$language" > "$ROOT/docs/screens/tables-$width-$language.txt"
        done
    done
    finish
    mkdir -p "$BATS_TEST_TMPDIR"
}

over() {
    kill -CONT "$DAEMON" 2> /dev/null || true
    screen_stop
    finish
}

keep() { # NAME: without the spaces that fill lines
    screen | sed 's/ *$//' > "$ROOT/docs/screens/$1.txt"
}

picture() { # NAME WIDTH HEIGHT LANGUAGE WORDS-OF-THE-LINK
    screen_start "$2" "$3" -- --lang "$4"
    shows "$5" 'E-' 'Kota Bekasi'
    shows "$(wasps --severity moderate)" # something for the feed
    keep "$1"
    screen_stop
}

ago() { # MINUTES
    TZ=Asia/Jakarta date -d "-$1 minutes" '+%F %T'
}

mkdir -p "$ROOT/docs/screens"
make_tables
[ "${1:-}" != tables ] || exit 0
setup
trap over EXIT
clock_is "$(ago 38)"
complaint > /dev/null
wasps --severity minor > /dev/null
clock_is "$(ago 4)"
busy_desk
daemon_stop
# shellcheck disable=SC2034 # the fixture's: from here on siagad lives now
CLOCK=''
daemon_start
SIAGA_SOURCE=desk-disdamkarmat away desk handle disdamkarmat -- sleep "$LIFE_S"
picture top-80-id 80 24 id Tersambung
picture top-200-id 200 40 id Tersambung
picture top-80-en 80 24 en Connected
picture top-200-en 200 40 en Connected
screen_start 80 24
shows Tersambung
keys Enter
shows Riwayat
keep top-case-id
keys q
shows SIARAN
kill -STOP "$DAEMON"
shows 'DATA TIDAK TERBARU'
keep top-stale-id
