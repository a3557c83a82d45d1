#!/usr/bin/env bats
# A script tells "the same again" from "mend it first" by the exit code alone, in every verb. The table has a row for each verb of
# `siaga help`; what is run with siagad away, silent or unwilling is the first example of the verb's own help.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

BAD=E-261124-0042-L # its last letter is not the one of its number

# VERB | ASKS siagad, or stays LOCAL | who may not, - where nobody is kept from it | what is wrong with these words | 64 usage, 65 data
table() {
    cat << END
report      |asks |media-1    |Pompa --category flood.pmp                 |65
emergency   |asks |media-1    |Api --sevrity hot                          |64
complaint   |asks |media-1    |Lubang --category road.potholl             |65
list        |asks |it-1       |skpd=damkar                                |65
watch       |asks |it-1       |skpd=damkar                                |65
show        |asks |it-1       |$BAD                                       |64
ack         |asks |media-1    |$BAD                                       |64
start       |asks |media-1    |$BAD                                       |64
milestone   |asks |media-1    |E-261124-0042-K lunch                      |64
wait        |asks |media-1    |C-261124-0007-H rain                       |64
resume      |asks |media-1    |$BAD                                       |64
resolve     |asks |media-1    |E-261124-0042-K --outcome well             |64
close       |asks |media-1    |$BAD                                       |64
note        |asks |media-1    |$BAD -m x                                  |64
verify      |asks |poc-1      |--from nine                                |64
reject      |asks |media-1    |$BAD --reason x                            |64
assign      |asks |media-1    |$HOLE --to damkar                          |65
forward     |asks |media-1    |$HOLE --to damkar --reason x               |65
refuse      |asks |media-1    |$BAD --reason x                            |64
support     |asks |media-1    |$HOLE --to damkar                          |65
merge       |asks |media-1    |$BAD --into E-261124-0042-K                |64
cancel      |asks |media-1    |$BAD --reason x                            |64
reopen      |asks |media-1    |$HOLE --reason x                           |65
appeal      |asks |media-1    |$BAD --reason x                            |64
rate        |asks |media-1    |$HOLE --done --stars 9                     |64
retarget    |asks |media-1    |$BAD --reason x                            |64
move        |asks |media-1    |$HOLE gone                                 |64
reclass     |asks |media-1    |$HOLE gone                                 |64
top         |local|-          |--severity hot                             |64
due         |asks |media-1    |--within soon                              |65
instruct    |asks |media-1    |--to damkar --by 3d Tutup                  |65
handle      |asks |media-1    |damkar -- true                             |65
dead        |asks |media-1    |list --skpd damkar                         |65
digest      |asks |media-1    |daily someday                              |64
import      |asks |media-1    |broken.jsonl --kind report                 |65
outbox      |local|-          |drop twelve                                |64
flush       |local|-          |now                                        |64
route       |asks |media-1    |emergency --category fire.bildin           |65
status      |asks |media-1    |now                                        |64
check       |own  |-          |-o xml                                     |3
person      |asks |media-1    |show --why x                               |64
erase       |asks |media-1    |$BAD --reason x                            |64
hold        |asks |media-1    |$BAD --reason x                            |64
retention   |asks |media-1    |now                                        |64
backup      |asks |media-1    |                                           |64
export      |asks |media-1    |--from nine x                              |64
release     |asks |media-1    |$BAD --text x                              |64
correct     |asks |media-1    |$BAD --text x                              |64
withdraw    |asks |media-1    |$BAD --reason x                            |64
head        |asks |media-1    |now                                        |64
cert        |local|-          |new Poc_5 --role operator                  |64
roles       |local|-          |nobody                                     |64
bench       |asks |-          |--clients many                             |64
init        |local|-          |--port many kota                          |64
completion  |local|-          |fish                                       |64
config      |local|-          |use nowhere                                |64
errors      |local|-          |E_NOTHING                                  |64
cheat       |local|-          |nobody                                     |64
END
}

column() { # N LINE
    cut -d '|' -f "$1" <<< "$2" | sed 's/^ *//; s/ *$//'
}

example() { # VERB: its first example, without what it is piped or written to
    "$BUILD/siaga" "$1" --help | sed -n "s/^  \(siaga $1\b\)/\1/p; T; q" | sed 's/ |.*//; s/ > .*//'
}

runs() { # LINE OPTION...: the code it ends with; the options stand right behind the verb
    local line=$1 code=0
    shift
    # shellcheck disable=SC2016 # said by that bash
    OPTIONS=$* bash -c 'siaga() { local verb=$1; shift; timeout "$PATIENCE_S" "$BUILD/siaga" "$verb" $OPTIONS "$@"; }; eval "$1"' _ "$line" \
        > /dev/null 2> "$DIR/said.$BASHPID" < /dev/null || code=$?
    echo "$code"
}

each() { # COLUMN-2-PATTERN FUNCTION: of every row that fits, eight at a time; its lines say what is wrong
    local row n=0
    export BUILD PATIENCE_S
    while IFS= read -r row; do
        [[ $(column 2 "$row") =~ $1 ]] || continue
        "$2" "$row" >> "$DIR/wrong" &
        [ $((++n % 8)) -ne 0 ] || wait_for_all
    done < <(table)
    wait_for_all
    [ ! -s "$DIR/wrong" ] || fail "$(cat "$DIR/wrong")"
}

wait_for_all() { # but for siagad
    local pid
    for pid in $(jobs -pr); do
        [ "$pid" = "${RUNNER:-}" ] || [ "$pid" = "${MUTE:-}" ] || wait "$pid" || true
    done
}

setup() {
    begin bekasi
    quiet_city
    HOLE=C-261124-0007-H
    export SIAGA_SPOOL=never
    printf 'judul,uraian,category\nPompa,jalan,flood.pump\n' > laporan.csv
    echo '{"title": 1' > broken.jsonl
}

@test "the table has every verb, and no other" {
    same "$(table | cut -d '|' -f 1 | tr -d ' ')" "$(siaga help | sed -n 's/^  \([a-z]*\) .*/\1/p')"
}

@test "siagad away: 69, the same again is safe" {
    away_row() { # ROW
        local verb code want=69
        verb=$(column 1 "$1")
        [ "$(column 2 "$1")" != own ] || want=2 # a monitoring system has codes of its own
        code=$(runs "$(example "$verb")" --server "ipc://$DIR/nowhere" --timeout 0.3)
        [ "$code" = "$want" ] || echo "$verb: $code, not $want"
    }
    each 'asks|own' away_row
}

@test "siagad silent: 75, the same again is safe" {
    /usr/bin/python3 -c 'import sys, zmq
door = zmq.Context().socket(zmq.ROUTER)
door.bind(sys.argv[1])
while True: door.recv_multipart()' "ipc://$DIR/mute" 3>&- &
    MUTE=$!
    AWAY+=("$MUTE")
    until_true test -S mute
    mute_row() { # ROW
        local verb code
        verb=$(column 1 "$1")
        code=$(runs "$(example "$verb")" --server "ipc://$DIR/mute" --timeout 1)
        [ "$code" = 75 ] || echo "$verb: $code, not 75"
    }
    each asks mute_row
    kill "$MUTE"
    AWAY=()
}

@test "a wrong setting: 78, whatever the verb" {
    setting_row() { # ROW
        local verb
        verb=$(column 1 "$1")
        [ "$(SIAGA_LANG=xx runs "siaga $verb")" = 78 ] || echo "$verb: not 78 with SIAGA_LANG=xx"
        [[ $(column 2 "$1") != asks ]] || [ "$(runs "$(example "$verb")" --server tcp://127.0.0.1:9)" = 78 ] || echo "$verb: not 78 without a key"
    }
    each . setting_row
}

@test "not allowed: 77; wrong words: 64; wrong data: 65; neither is to be repeated" {
    daemon_start
    HOLE=$(complaint)
    unwilling_row() { # ROW
        local verb who want code
        verb=$(column 1 "$1") who=$(column 3 "$1") want=$(column 5 "$1")
        code=$(runs "siaga $verb $(column 4 "$1")")
        [ "$code" = "$want" ] || echo "$verb $(column 4 "$1"): $code, not $want"
        [ "$who" != - ] || return 0
        code=$(SIAGA_SOURCE=$who runs "$(example "$verb")")
        [ "$code" = 77 ] || echo "$verb as $who: $code, not 77"
    }
    each . unwilling_row
}
