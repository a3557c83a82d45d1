#!/usr/bin/env bash
# The papers of a made-up month: makes the store of tests/crash/made_month.c, serves it with a siagad that believes the month has
# just ended, and lets `siaga digest` write into a folder. The same tree gives the same bytes.
#
#   demo/month.sh FOLDER [COMMAND...]     with a command: that, instead of the papers, with SIAGA_SERVER set
#
# SIAGA_BUILD: the built tree (build). MONTH_TIMES: so many times as many cases (1). Needs faketime.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tree=${here%/*}
into=${1:?demo/month.sh FOLDER}
shift
built=${SIAGA_BUILD:-$tree/build}
times=${MONTH_TIMES:-1}
folder=$(mktemp -d)
siagad=''
finish() {
    [ -z "$siagad" ] || { kill "$siagad" && wait "$siagad"; } 2> /dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

cp -r "$tree/etc/bekasi" "$folder/city"
sed -i -e "s|^listen:.*|listen: [ipc://$folder/s]|" -e "s|^store:.*|store: $folder/store|" -e 's/^ipc:.*/ipc: claimed/' \
    -e "s/^\(journal_size\|views_size\):.*/\1: $((64 * times))MiB/" -e 's/^persons_size:.*/persons_size: 16MiB/' -e '/^erasures:/d' "$folder/city/siagad.yaml"
"$built/tests/crash/made_month" "$folder/city/siagad.yaml" "$folder/store" "$times" > "$folder/made"
# gcc's sanitizer wants to be first in the list of libraries; libfaketime has to be
env TZ=Asia/Jakarta FAKETIME='2026-10-31 23:59:59' FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD="$(faketime -f +0 printenv LD_PRELOAD)" \
    ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" \
    "$built/siagad" -c "$folder/city/siagad.yaml" > "$folder/out" 2>&1 < /dev/null &
siagad=$!
export SIAGA_SERVER=ipc://$folder/s SIAGA_SOURCE=${SIAGA_SOURCE:-walikota}
unset SIAGA_LANG SIAGA_TZ
by=$((SECONDS + 60))
until "$built/siaga" status --timeout 2 > /dev/null 2>&1; do
    { [ "$SECONDS" -lt "$by" ] && kill -0 "$siagad"; } || { cat "$folder/out" >&2; exit 70; }
done

if [ $# -gt 0 ]; then
    "$@"
    exit
fi
mkdir -p "$into"
for language in id en; do
    for form in md html; do
        "$built/siaga" digest monthly 2026-10 --lang "$language" -o "$form" --into "$into"
    done
    "$built/siaga" digest daily 2026-10-31 --lang "$language" -o text --into "$into"
done
