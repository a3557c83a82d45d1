# shellcheck shell=bash disable=SC2034,SC2154 # names shared with run.sh
# The stage of the demo: how it looks, how commands are run and shown, siagad and the feeds, and how all of it ends.
# Read by run.sh, which says what is played. `! ...` marks what is not as it must be.

dir='' watches=() section=0 fresh=1 problems=0 code=0 told=0 last='' daemon='' flood=''
declare -A sent=() sent_kind=()

# ---- how it looks

width=$(tput cols 2> /dev/null) && [ -t 1 ] || width=100
[ "$width" -le 100 ] || width=100
[ "$width" -ge 72 ] || width=72
bold='' dim='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[1;31m' plain=$'\e[0m'
fi

tr_() { if [ "$SIAGA_LANG" = en ]; then printf '%s' "$2"; else printf '%s' "$1"; fi; }
say() {
    [ "$fresh" = 1 ] || printf '\n'
    fresh=0
    tr_ "$1" "$2" | wrap '' ''
}
note() {
    printf '%s' "$dim"
    tr_ "$1" "$2" | wrap '    ' '    '
    printf '%s' "$plain"
}
title() {
    section=$((section + 1)) fresh=1
    printf '\n%s%d. %s%s\n' "$bold" "$section" "$(tr_ "$1" "$2")" "$plain"
}
# wrap INDENT HANG TAIL: a long line goes on below, HANG to the right. A command (TAIL) is broken before an option,
# the rest between columns where there are any.
wrap() {
    LC_ALL=C awk -v w="$width" -v indent="$1" -v more="$2" -v tail="${3:-}" '
        function room(line, least, mark,    i) {
            for (i = w - length(tail); i > least; i--) if (substr(line, i + 1, length(mark)) == mark) return i
            return 0
        }
        {
            match($0, /^ */); hang = indent substr($0, 1, RLENGTH) more; line = $0 == "" ? "" : indent $0
            while (length(line) > w) {
                at = tail != "" ? room(line, length(hang), " --") : room(line, int(w * 2 / 3), "  ")
                if (!at) at = room(line, length(hang), " ")
                if (!at) break
                rest = substr(line, at + 1); sub(/^ +/, "", rest)
                print substr(line, 1, at) tail
                line = hang rest
            }
            print line
        }'
}
cut_to() { LC_ALL=C awk -v w="$width" -v before="$1" '{ s = before $0; print (length(s) > w ? substr(s, 1, w - 2) ".." : s) }'; }
count_lines() { LC_ALL=C grep -c "$1" "$2"; }

# ---- running things

wrong() { # something is not as it must be; the play goes on and ends with FAIL
    problems=$((problems + 1))
    printf '%s! %s%s\n' "$red" "$1" "$plain"
}
same() { [ "$1" = "$2" ] || wrong "$(tr_ "${FUNCNAME[1]}: ada $1, seharusnya $2" "${FUNCNAME[1]}: is $1, must be $2")"; }
die() {
    wrong "$1"
    [ ! -s siagad.log ] || tail -n 5 siagad.log | cut_to '  siagad: '
    exit 1
}
# The command as a person would type it.
typed() {
    local word line='$'
    fresh=0
    for word; do
        case $word in
            '&') line+=' &' ;;
            *[!A-Za-z0-9_.,:/@%+=-]*) line+=" '$word'" ;;
            *) line+=" $word" ;;
        esac
    done
    printf '%s' "$bold"
    printf '%s\n' "$line" | wrap '  ' '    ' " \\\\"
    printf '%s' "$plain"
}
quietly() { # EXIT COMMAND...: runs it under a limit, and expects that exit code
    local expected=$1
    shift
    timeout 20 "$@" > out 2> err
    code=$?
    read -r last _ < out
    [ "$code" = "$expected" ] || wrong "$* -> $code: $(head -n 3 err)"
}
run() { # the same, shown
    typed "${@:2}"
    quietly "$@"
    cat out err | wrap '    ' '    '
    [ "$code" = 0 ] || note "(kode keluar $code)" "(exit code $code)"
}
count() { # TOOL KIND N: what was sent and acknowledged, told by the sender
    sent[$1]=$((${sent[$1]:-0} + $3))
    sent_kind[$2]=$((${sent_kind[$2]:-0} + $3))
}
send() { # run|quietly KIND ARGS...: one event with `siaga KIND`
    "$1" 0 siaga "${@:2}"
    [ "$code" = 0 ] || return
    count "siaga $2" "$2" 1
    echo "$last" >> tiket
}
at() { if [[ $1 > $now ]]; then echo "$yesterday $1"; else echo "$today $1"; fi; }
dated() { awk -v t="$today" -v y="$yesterday" -v now="$now" '{
    while (match($0, /@[0-2][0-9]:[0-5][0-9]/)) {
        clock = substr($0, RSTART + 1, 5)
        $0 = substr($0, 1, RSTART - 1) (clock > now ? y : t) " " clock substr($0, RSTART + 6)
    }
    print }' "$here/$1" > "$1"; }
soon() { # COMMAND...: waits until it holds, 15 s at most
    local until=$((SECONDS + 15))
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.03
    done
}
figure() { # NAME: a number of siaga status
    timeout 20 siaga status -o json 2> /dev/null | sed -n "s/^  \"$1\": \([0-9]*\).*/\1/p"
}

# ---- siagad and the watches

answers() { timeout 5 siaga status --timeout 1 > /dev/null 2>&1; }
start_siagad() {
    siagad -c kota/siagad.yaml >> siagad.log 2>&1 &
    daemon=$!
    soon answers || die "$(tr_ 'siagad tidak menyala' 'siagad did not come up')"
}
kill_siagad() {
    kill -9 "$daemon"
    wait "$daemon" 2> /dev/null
    daemon=''
}
caught_up() { [ "$(tail -n 1 semua.jsonl | sed -n 's/^{"seq":\([0-9]*\).*/\1/p')" -ge "$1" ]; }
still() {
    local n
    n=$(wc -c < pimpinan.txt)
    sleep 0.08
    [ "$n" = "$(wc -c < pimpinan.txt)" ]
}
feed() { # N [LINE]: what came to the screen of the leadership since the last time, up to that line: N lines of it
    local n
    soon caught_up "$(figure head)" || wrong "$(tr_ 'siaran tertinggal' 'the feed lags behind')"
    soon still
    n=${2:-$(wc -l < pimpinan.txt)}
    [ "$n" -gt "$told" ] || return
    printf '%s' "$dim"
    tr_ '| layar pimpinan:' "| the leader's screen:" | cut_to ''
    sed -n "$((told + 1)),$((n < told + $1 ? n : told + $1))p" pimpinan.txt | cut_to '| '
    [ "$n" -le $((told + $1)) ] ||
        tr_ "| ... dan $((n - told - $1)) baris lagi" "| ... and $((n - told - $1)) more" | cut_to ''
    printf '%s' "$plain"
    told=$n
}

# ---- the end, whichever way it comes

clean_up() {
    local pid mine=("${watches[@]}")
    [ -z "$flood" ] || mine+=("$flood")
    [ -z "$daemon" ] || mine+=("$daemon")
    trap '' INT TERM
    for pid in "${mine[@]}"; do kill "$pid" 2> /dev/null; done
    for pid in "${mine[@]}"; do
        for _ in {1..100}; do
            kill -0 "$pid" 2> /dev/null || continue 2
            sleep 0.05
        done
        kill -9 "$pid" 2> /dev/null
    done
    wait 2> /dev/null
    printf '%s' "$plain"
    [ -n "$dir" ] || return
    if [ -z "${KEEP:-}" ]; then
        cd / && rm -rf "$dir"
        return
    fi
    fresh=0
    say "KEEP: siagad sudah berhenti, simpanannya utuh di $dir. Menyalakannya lagi:" \
        "KEEP: siagad has stopped, its store is whole in $dir. To start it again:"
    printf '  %s\n' "cd $dir" "export PATH=$build:\$PATH SIAGA_SERVER=$SIAGA_SERVER SIAGA_SOURCE=poc-1" \
        'siagad -c kota/siagad.yaml &' 'siaga list --open' 'siaga watch --from 1 -o table'
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

