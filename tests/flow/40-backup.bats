#!/usr/bin/env bats
# A backup while siagad serves, a store made of it, a journal that goes on elsewhere: as the city's IT does it at 03:00.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture
load keys

it() { # VERB ARGS...
    SIAGA_SOURCE=it-1 siaga "$@"
}

auditor() { # VERB ARGS...
    SIAGA_SOURCE=inspektorat-1 siaga "$@"
}

tickets() { # what a store that is served tells of its cases: one line each, with all of it
    siaga list -o jsonl | jq -cS .
}

restore() { # CODE ARGS...: what siagad says is in $output
    local want=$1
    shift
    run siagad -c "$CITY/siagad.yaml" "$@"
    [ "$status" -eq "$want" ] || fail "siagad $*: exit $status, $want was wanted"$'\n'"$output"
}

gone_away() { # the disk of the store is lost
    mv "$STORE" "$DIR/gone"
}

sound() { # [STORE]: the walk finds nothing
    run siagad --verify-store "${1:-$STORE}"
    [ "$status" -eq 0 ] || fail "$output"
    run siagad --verify-chain "${1:-$STORE}"
    [ "$status" -eq 0 ] || fail "$output"
}

some_cases() { # N: prints their tickets
    local n
    for ((n = 1; n <= $1; n++)); do
        complaint --name "Sri Wahyuni $n" --phone "08123456789$n"
    done
}

# ---- backup and restore

@test "what is backed up comes back: cases, histories, reporters" {
    some_cases 3 > before
    siaga ack "$(emergency)" > /dev/null
    tickets > told
    siaga show "$(head -n 1 before)" -o json | jq -S 'del(.held[].held_s)' > shown
    run --separate-stderr it backup night.backup
    [ "$status" -eq 0 ] || fail "$stderr"
    has "$output" 'night.backup: catatan sampai nomor' 'data pelapor 3'
    has "$stderr" serahasia
    same "$(stat -c %a night.backup)" 600
    [ ! -e night.backup.part ] || fail 'a part was left'
    run siagad --verify-backup night.backup
    [ "$status" -eq 0 ] || fail "$output"
    has "$output" 'persons of 3'
    daemon_stop
    gone_away
    restore 0 --restore night.backup
    has "$output" 'restored up to entry' 'the next entry is'
    sound
    daemon_start
    tickets | diff told -
    siaga show "$(head -n 1 before)" -o json | jq -S 'del(.held[].held_s)' | diff shown -
    gives 0 person show "$(sed -n 2p before)" --why 'uji pemulihan'
    has "$output" 'Sri Wahyuni 2'
    gives 0 person list --phone 081234567893 --why 'uji pemulihan' -o jsonl
    has "$output" "$(sed -n 3p before)"
}

# What the timer calls, with the programs of this build.
nightly() {
    sed 's|/usr/s\?bin/||' "$ROOT/systemd/siaga-backup" > nightly.sh
    SIAGA_SOURCE=it-1 PATH=$BUILD:$PATH run bash nightly.sh "$@"
}

@test "each night: today's is made and read back, the oldest go, a damaged one lets none go" {
    local today n
    today=$PWD/nights/siaga-$(date +%F).backup
    mkdir nights erased && echo gone > erased/list
    for n in 01 02 03; do echo old > "nights/siaga-2026-01-$n.backup"; done
    some_cases 2 > /dev/null
    nightly nights 2 erased
    [ "$status" -eq 0 ] || fail "$output"
    has "$output" 'persons of 2' 'siaga-2026-01-01.backup: removed'
    same "$(cd nights && echo ./*)" "./erased ./siaga-2026-01-03.backup ./${today##*/}"
    same "$(cat nights/erased/list)" gone
    nightly nights 2 erased # once more on the same day
    [ "$status" -eq 0 ] || fail "$output"
    truncate -s -20 "$today"
    nightly nights 1 erased
    [ "$status" -ne 0 ] || fail 'a damaged one was taken'
    [ -e nights/siaga-2026-01-03.backup ] || fail 'the last good one is gone'
}

@test "a backup after the city's files were read again" {
    complaint --name 'Sri Wahyuni' > /dev/null
    kill -HUP "$DAEMON"
    until_true grep -qs 'read again, in force now' siagad.err
    SIAGA_SOURCE=it-1 gives 0 backup night.backup
    run siagad --verify-backup night.backup
    [ "$status" -eq 0 ] || fail "$output"
}

@test "nothing acknowledged after the backup is mistaken for anything later" {
    some_cases 2 > before
    it backup night.backup > /dev/null 2>&1
    some_cases 2 > lost
    emergency > lost-too
    away seen watch --from 1 -o jsonl
    until_true grep -qs "$(cat lost-too)" seen
    local seen position
    seen=$(jq -s 'map(.seq) | max' seen)
    daemon_kill
    gone_away
    restore 0 --restore night.backup
    has "$output" 'not given again'
    daemon_start
    until_true grep -qs celah seen.err # the watch that had come so far is told, and what is open follows
    has "$(cat seen.err)" "nomor $((seen + 1)) sampai"
    until_true grep -qs 'itulah yang terbuka' seen.err
    local ticket
    while read -r ticket; do
        gives 1 show "$ticket"
    done < <(cat lost lost-too)
    while read -r ticket; do
        gives 0 show "$ticket"
    done < before
    for ticket in $(some_cases 3) $(emergency); do
        ! grep -qx "$ticket" before lost lost-too || fail "$ticket was given twice"
        position=$(siaga show "$ticket" -o json | jq .case.seq)
        [ "$position" -gt "$seen" ] || fail "$ticket has number $position, $seen was told before"
    done
    until_true grep -qs "$ticket" seen
    daemon_stop
    sound
}

@test "somebody erased after the backup stays erased" {
    local person texts
    person=$(complaint --name 'Rudi Hartono' --phone 081200001111)
    texts=$(complaint --body 'Pak Budi tetangga saya')
    it backup night.backup > /dev/null 2>&1
    grep -qa 'Pak Budi' night.backup || fail 'the text was to be in it'
    it person erase "$person" --reason 'hak hapus' > /dev/null
    it erase "$texts" --reason 'hak hapus' > /dev/null
    it backup later.backup > /dev/null 2>&1
    ! grep -qa 'Pak Budi' later.backup || fail 'what was erased is in a later backup'
    daemon_stop
    gone_away
    restore 0 --restore night.backup
    ! grep -rqa 'Pak Budi' "$STORE" || fail 'it lies in the store again'
    daemon_start
    gives 1 person show "$person" --why uji
    has_not "$(siaga show "$texts" -o json)" Budi
    daemon_stop
    sound
    mv "$STORE" "$DIR/again" # without the folder of erasures the later backup still names what was erased
    mv "$STORE-erased" "$DIR/erased-lost"
    restore 0 --restore later.backup
    has "$output" 'erased again: 2'
    daemon_start
    gives 1 person show "$person" --why uji
}

@test "with the folder of erasures lost, too, a margin of numbers is passed over" {
    complaint > /dev/null
    it backup night.backup > /dev/null 2>&1
    daemon_kill
    gone_away
    mv "$STORE-erased" "$DIR/erased-lost"
    restore 0 --restore night.backup --lost 500
    has "$output" 'restored up to entry' 'numbers'
    daemon_start
    like "$(complaint)" '-0[5-9][0-9]{2}-|-[1-9][0-9]{3}-' # its counter, too, is behind 500
}

@test "started where its store was lost, siagad says so, and the restore still knows what was given" {
    some_cases 2 > before
    it backup night.backup > /dev/null 2>&1
    some_cases 1 > lost
    daemon_kill
    gone_away
    daemon_start
    has "$(cat siagad.err)" 'this store is new, but' 'restore a backup'
    complaint > /dev/null
    daemon_stop
    mv "$STORE" "$DIR/by-mistake"
    restore 0 --restore night.backup
    like "$output" 'the next entry is [0-9]{4}$' # no margin: the file of this store is still there
    daemon_start
    ! some_cases 1 | grep -qf before -f lost || fail 'a ticket was given twice'
}

@test "who may not, where it may not, what is there already" {
    gives 77 backup b.backup
    [ ! -e b.backup ] && [ ! -e b.backup.part ] || fail 'something was left'
    SIAGA_SOURCE=it-1 gives 73 backup /dev/null/b.backup
    echo mine > b.backup
    SIAGA_SOURCE=it-1 gives 73 backup b.backup
    same "$(cat b.backup)" mine
    SIAGA_SOURCE=it-1 gives 64 backup
    SIAGA_SOURCE=it-1 gives 77 export --from 1
    SIAGA_SOURCE=inspektorat-1 gives 64 export
    SIAGA_SOURCE=inspektorat-1 gives 65 export --from 900
    SIAGA_SOURCE=inspektorat-1 gives 77 backup c.backup
}

@test "over tcp nobody takes a backup, not an administrator with his key" {
    daemon_stop
    PEOPLE=$CITY/people.d
    siaga cert new siagad --role server 2> /dev/null
    enrolled it-9 admin
    grep -rq it-9 "$PEOPLE"
    tcp_start
    with it-9
    gives 77 backup b.backup
    has "$stderr" E_ROLE
    gives 0 status
}

@test "a part of a backup is never taken for one, nor a file that was touched" {
    some_cases 4 > /dev/null
    it backup night.backup > /dev/null 2>&1
    daemon_stop
    gone_away
    head -c -40 night.backup > short
    restore 65 --restore short
    has "$output" 'short: byte' 'cut short'
    cp night.backup bent
    printf X | dd of=bent bs=1 seek=700 conv=notrunc 2> /dev/null
    restore 65 --restore bent
    has "$output" 'bent: byte' 'was altered'
    restore 65 --restore "$CITY/siagad.yaml"
    restore 65 --restore /dev/null/b.backup
    [ ! -e "$STORE" ] || fail 'a store was begun'
    restore 0 --restore night.backup
    restore 73 --restore night.backup
    has "$output" 'there is a store here' 'nothing was changed'
    sound
    daemon_start
    restore 78 --restore night.backup
    has "$output" "is held by process $DAEMON"
}

@test "a disk without room leaves no backup and says so" {
    [ "$(id -u)" -eq 0 ] || skip 'a small disk is mounted by root alone'
    some_cases 5 > /dev/null
    mkdir disk
    mount -t tmpfs -o size=4k none disk 2> /dev/null || skip 'no disk can be mounted here'
    SIAGA_SOURCE=it-1 gives 74 backup disk/night.backup
    has "$stderr" 'disk/night.backup.part' 'tidak dibuat'
    same "$(ls disk)" ''
    umount disk
}

# ---- export and import

@test "a journal exported slice by slice goes on elsewhere with the same views and head" {
    local texts last head
    some_cases 2 > /dev/null
    texts=$(complaint --body 'Pak Budi tetangga saya')
    auditor export --from 1 one.jsonl
    auditor export --from 1 --msgpack one.msgpack
    last=$(jq -s '.[-1].end' one.jsonl)
    has "$(jq -s -c 'map(.told.title? // empty)' one.jsonl)" 'Jalan berlubang'
    has_not "$(cat one.jsonl)" Wahyuni 08123456789
    siaga ack "$(emergency)" > /dev/null
    it erase "$texts" --reason 'hak hapus' > /dev/null
    auditor export --from "$((last + 1))" > two.jsonl
    auditor export --from 1 all.jsonl
    head=$(jq -s -r '.[-1].hash' all.jsonl)
    daemon_stop

    run siagad -c "$CITY/siagad.yaml" --store "$DIR/b" --import two.jsonl
    [ "$status" -eq 65 ] || fail "$output"
    has "$output" "two.jsonl begins with entry $((last + 1)), the store ends with 0"
    restore 0 --store "$DIR/b" --import one.jsonl
    restore 65 --store "$DIR/b" --import one.jsonl
    restore 0 --store "$DIR/b" --import two.jsonl
    restore 0 --store "$DIR/c" --import one.msgpack
    restore 0 --store "$DIR/c" --import two.jsonl
    sound "$DIR/b"
    sound "$DIR/c"
    ! grep -rqa 'Pak Budi' "$DIR/b" || fail 'what was erased there lies here'

    sed -i "s|^store:.*|store: $DIR/b|" "$CITY/siagad.yaml"
    daemon_start
    auditor export --from 1 --to "$(jq -s '.[-1].end' all.jsonl)" again.jsonl
    diff <(jq -c 'del(.at)' all.jsonl) <(jq -c 'del(.at)' again.jsonl)
    same "$(jq -s -r '.[-1].hash' again.jsonl)" "$head"
}

@test "an export of another journal, or a broken one, changes nothing" {
    some_cases 2 > /dev/null
    auditor export --from 1 one.jsonl
    complaint > /dev/null
    auditor export --from 3 other.jsonl
    daemon_stop
    mv "$STORE" first && mv "$STORE-erased" first-erased
    daemon_start
    some_cases 2 > /dev/null
    daemon_stop
    restore 65 --import other.jsonl
    like "$output" 'of another journal|the store ends with'
    head -n -1 one.jsonl > cut.jsonl
    restore 65 --store "$DIR/d" --import cut.jsonl
    has "$output" 'cut.jsonl:' 'cut short'
    sed 's/"row":"../"row":"ff/' one.jsonl > bent.jsonl
    restore 65 --store "$DIR/d" --import bent.jsonl
    has "$output" 'bent.jsonl:2:' 'nothing of it was taken'
    restore 65 --store "$DIR/d" --import "$CITY/siagad.yaml"
    [ ! -e "$DIR/d" ] || fail 'a store was begun'
}
