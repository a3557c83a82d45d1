#!/usr/bin/env bats
# Scenes 8, 9 and 14, each over tcp with keys: a secret report, an erasure, a history that was touched.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture
load keys

OFFICES=(field-dlh-1 desk-dlh desk-dp3a walikota humas-1 media-1 it-1 inspektorat-1)
PERSON=('Siti Aminah' 'Aminah' '81234567890' '0812-3456-7890' 'siti@contoh.id')

setup() {
    begin bekasi
    quiet_city
    PEOPLE=$CITY/people.d
    siaga cert new siagad --role server 2> /dev/null
    local name
    for name in poc-1 "${OFFICES[@]}"; do
        enrolled_as_listed "$name"
    done
    tcp_start
}

enrolled_as_listed() { # NAME: a key for one who stands in people.d already
    local row role skpd
    row=$(siaga cert list --people "$PEOPLE" -o jsonl | jq -r --arg id "$1" 'select(.name == $id) | .role + " " + (.skpd // "")')
    read -r role skpd <<< "$row"
    enrolled "$1" "$role" ${skpd:+--skpd "$skpd"}
}

as() { # NAME COMMAND...: with this key
    local name=$1
    shift
    SIAGA_SERVER=$TCP SIAGA_CERT=$DIR/$name.key SIAGA_SOURCE='' "$@"
}

violence() { # prints the ticket
    as poc-1 siaga complaint 'Anak dipukul tetangga' --category child.abuse --kecamatan jatiasih --body 'Korban Budi, 9 tahun' \
        --address 'Jl. Mawar 3' --name "${PERSON[0]}" --phone "${PERSON[3]}" --mail "${PERSON[4]}" -o jsonl | jq -r .ticket
}

everything() { # NAME TICKET: all that a role can be told, answers and refusals
    as "$1" siaga list -o jsonl
    as "$1" siaga list -o table
    as "$1" siaga show "$2" -o json
    as "$1" siaga show "$2"
    as "$1" siaga due --within 30d
    as "$1" siaga watch --from 1 --wait 1 -o jsonl
    as "$1" siaga status -o json
}

asks_for_person() { # NAME TICKET
    as "$1" siaga person show "$2" --why coba -o jsonl
    as "$1" siaga person list --phone 081234567890 --why coba -o jsonl
    as "$1" siaga person export --name 'SITI AMINAH' --why coba -o jsonl
}

in_files() { # TEXT: files of the store that hold it, as bytes
    grep -rlaF -- "$1" "$STORE" || true
}

nowhere() { [ -z "$(in_files "$1")" ]; }

# ---- scene 8

@test "scene 8: a secret violence report yields the person to nobody without the right" {
    local ticket name said part
    ticket=$(violence)
    for name in poc-1 "${OFFICES[@]}"; do
        said=$(everything "$name" "$ticket" 2>&1) || true
        has_not "$said" "${PERSON[@]}"
        case $name in
        poc-1 | inspektorat-1 | desk-dp3a) # who may ask for the person has to say why
            has "$said" 'Anak dipukul' 'Korban Budi' 'Jl. Mawar 3'
            as "$name" gives 64 person show "$ticket"
            ;;
        *)
            has_not "$said" 'Anak dipukul' 'Budi' 'Mawar'
            said=$(asks_for_person "$name" "$ticket" 2>&1) || true
            has_not "$said" "${PERSON[@]}"
            # the administrator finds whose cases to destroy, without reading them
            [ "$name" = it-1 ] || has_not "$said" "\"ticket\":\"$ticket\""
            ;;
        esac
        case $name in
        field-dlh-1 | desk-dlh | humas-1 | media-1) has_not "$said" "\"ticket\":\"$ticket\"" ;;
        esac
    done
    # neither a log nor a file of the disk has the person in clear
    has_not "$(cat "$DIR/siagad.err")" "${PERSON[@]}" 'Budi' 'Mawar'
    for part in "${PERSON[@]}"; do
        same "$(in_files "$part")" ''
    done
    as humas-1 gives 1 --lang en release "$ticket" --text 'Kabar'
    has_not "$output$stderr" "${PERSON[@]}" 'Budi'
    # who asks for what he may not see hears the same as for what is not there
    as desk-dlh gives 1 --lang en show 1
    local there=${stderr%looked for: 1}
    as desk-dlh gives 1 --lang en show 11111
    same "${stderr%looked for: 11111}" "$there"
}

@test "scene 8: the owner reads the reporter with a reason, and that is on the record" {
    local ticket
    ticket=$(violence)
    as poc-1 gives 0 verify "$ticket"
    as poc-1 gives 0 assign "$ticket"
    as desk-dp3a gives 0 person show "$ticket" --why 'menjemput anak' -o json
    same "$(field '[0].person.name')" 'Siti Aminah'
    as desk-dlh gives 1 person show "$ticket" --why 'ingin tahu'
    has_not "$output$stderr" "${PERSON[@]}"
    as inspektorat-1 gives 0 show "$ticket" -o json
    same "$(jq -r '[.history[] | select(.entry == "read")] | map(.source + ": " + .reason) | join("; ")' <<< "$output")" 'desk-dp3a: menjemput anak'
}

# ---- scene 9

figures() { # what was counted and when, without what people wrote
    as poc-1 siaga list -o jsonl | jq -cS 'del(.title, .body, .address)'
    as poc-1 siaga list --count
}

@test "scene 9: the person goes, the chain still checks, figures stay, an old copy brings nobody back" {
    local ticket kept
    ticket=$(violence)
    kept=$(as poc-1 siaga complaint 'Lampu mati' --category road.pothole --kecamatan jatiasih --name 'Rudi Hartono' -o jsonl | jq -r .ticket)
    figures > before
    daemon_stop
    cp -r "$STORE" old
    tcp_start
    as it-1 gives 0 person erase "$ticket" --reason 'permohonan subjek data'
    as it-1 gives 0 erase "$ticket" --reason 'permohonan subjek data'
    daemon_kill # in the middle of what follows
    tcp_start
    figures > after
    same "$(diff before after)" ''
    as inspektorat-1 gives 1 person show "$ticket" --why pemeriksaan
    as inspektorat-1 gives 0 person show "$kept" --why pemeriksaan -o json
    same "$(field '[0].person.name')" 'Rudi Hartono'
    has_not "$(everything inspektorat-1 "$ticket" 2>&1)" 'Siti Aminah' 'Anak dipukul' 'Korban Budi'
    until_true nowhere 'Korban Budi'
    as inspektorat-1 gives 0 --lang en verify
    has "$output" 'all well'
    daemon_stop
    gives 0 --lang en verify --store "$STORE"
    has "$output" 'all well'
    rm -r "$STORE" # the disk is lost; the copy is from before the erasure
    cp -r old "$STORE"
    tcp_start
    has "$(cat "$DIR/siagad.err")" 'erased again'
    as inspektorat-1 gives 1 person show "$ticket" --why pemeriksaan
    has_not "$(everything inspektorat-1 "$ticket" 2>&1)" 'Siti Aminah' 'Anak dipukul' 'Korban Budi'
    until_true nowhere 'Korban Budi'
    as inspektorat-1 gives 0 person show "$kept" --why pemeriksaan -o json
    same "$(field '[0].person.name')" 'Rudi Hartono'
}

# ---- scene 14

@test "scene 14: a record altered on the disk is named, at rest and by the siagad that runs on it" {
    local n
    for n in 1 2 3 4 5 6; do
        as poc-1 siaga complaint "Jalan berlubang $n" --category road.pothole --kecamatan jatiasih > /dev/null
    done
    daemon_stop
    gives 0 --lang en verify --store "$STORE"
    "$BUILD/tests/crash/alter" "$STORE" text 4
    gives 65 --lang en verify --store "$STORE"
    like "$output" '^entry 4: altered'
    tcp_start
    as inspektorat-1 gives 65 --lang en verify
    like "$output" '^entry 4: altered'
}

@test "scene 14: a wrong table of duties is refused and named, the old one stays in force" {
    local before
    before=$(as poc-1 siaga route complaint --category road.pothole --kecamatan jatiasih -o json | jq -r .owner)
    sed -i 's/primary: dbmsda/primary: dbmsdaa/' "$CITY/skpd.d/dbmsda.yaml"
    run --separate-stderr siagad -c "$CITY/siagad.yaml" --check-config
    [ "$status" -eq 78 ]
    like "$stderr" 'dbmsda.yaml:[0-9]+:[0-9]+: error: .*dbmsdaa'
    kill -HUP "$DAEMON"
    until_true complains
    same "$(as poc-1 siaga route complaint --category road.pothole --kecamatan jatiasih -o json | jq -r .owner)" "$before"
    # a key that is taken back meanwhile is out all the same
    holds desk-dlh
    siaga cert revoke desk-dlh --people "$PEOPLE" 2> /dev/null
    until_true shut_out desk-dlh
    holds poc-1
}

complains() {
    like "$(as it-1 siaga status -o json | jq -r .config_error)" 'dbmsda.yaml:[0-9]+:[0-9]+: error: ' 2> /dev/null
}

shut_out() { ! holds "$1"; }
