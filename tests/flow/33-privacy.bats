#!/usr/bin/env bats
# What is kept of people and for how long, and what the public hears: siaga person, hold, retention, release, correct, withdraw.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

setup() {
    begin bekasi
    quiet_city
    sed -i -e '/^retention:/,$d' -e 's/^media: .*/media: {delay: 2s}/' "$CITY/city.yaml"
    printf 'retention:\n  - {match: "road.*", persons: 30d, texts: 60d}\n  - {match: "*", persons: 730d, texts: forever}\n' >> "$CITY/city.yaml"
    printf 'year: 2027\ndecree: made up\nholidays: []\n' > "$CITY/calendar.d/2027.yaml"
}

as() { # SOURCE COMMAND...
    local source=$1
    shift
    SIAGA_SOURCE=$source "$@"
}

due() { # what the schedule names now: "ticket what hold", a line each
    as it-1 siaga retention -o jsonl | jq -r '"\(.ticket) \(.what) \(.hold)"' | sort
}

history_of() { # TICKET ENTRY FIELD...: of the entries of this kind, as the auditor has them
    as inspektorat-1 siaga show "$1" -o json | jq -r --arg kind "$2" --arg fields "${*:3}" \
        '.history[] | select(.entry == $kind) as $e | ($fields / " " | map($e[.])) | join(" ")'
}

hears() { # FILE WORD: the media's feed has it
    grep -qF -- "$2" "$1"
}

@test "retention by category: shown first, destroyed when ordered, a case on hold is kept, each destruction is on the record" {
    clock_is '2026-11-24 10:00:00'
    local road held pump open t
    road=$(complaint --name 'Siti Aminah' --phone 0812-3456-7890)
    held=$(complaint --name 'Rudi Hartono')
    open=$(complaint --name 'Dewi Lestari')
    pump=$(siaga complaint 'Sampah menumpuk' --category waste.uncollected --kecamatan jatiasih --name 'Budi Santoso' -o jsonl | jq -r .ticket)
    for t in "$road" "$held" "$pump"; do
        gives 0 reject "$t" --reason prank -m 'nomor tidak dikenal'
    done
    as it-1 gives 0 hold "$held" --reason 'perkara 12/2026'
    as it-1 gives 1 retention

    clock_is '2027-01-05 10:00:00' # 42 days later: the reporters of road.*, not yet its texts, nobody else's
    same "$(due)" "$(printf '%s person false\n%s person true\n' "$road" "$held" | sort)"
    as it-1 gives 0 retention
    has "$output" "$road" "$held" DITAHAN
    as inspektorat-1 gives 0 person show "$road" --why periksa # shown is not destroyed
    gives 77 retention
    as it-1 gives 0 retention --run
    has "$output" "$held" DITAHAN
    has "$stderr" 'ditahan dan tidak dimusnahkan'
    same "$(due)" "$held person true"
    as inspektorat-1 gives 1 person show "$road" --why periksa
    as inspektorat-1 gives 0 person show "$held" --why periksa
    as inspektorat-1 gives 0 person show "$open" --why periksa
    same "$(history_of "$road" erase source erased reason)" 'it-1 person retention'
    same "$(history_of "$held" hold source hold reason)" 'it-1 set perkara 12/2026'

    clock_is '2027-02-10 10:00:00' # 78 days: the texts, too
    same "$(due)" "$(printf '%s texts false\n%s texts true\n%s person true\n' "$road" "$held" "$held" | sort)"
    as it-1 gives 0 hold "$held" --lift --reason 'perkara selesai'
    as it-1 gives 0 retention --run
    as it-1 gives 1 retention
    as inspektorat-1 gives 1 person show "$held" --why periksa
    has_not "$(siaga show "$road" -o json)" 'Jalan berlubang' 'nomor tidak dikenal'
    has "$(siaga show "$pump" -o json)" 'Sampah menumpuk'
    as inspektorat-1 gives 0 person show "$pump" --why periksa
    as inspektorat-1 gives 0 --lang en verify
    has "$output" 'all well'
}

@test "all of one person: found by phone, mail or name, exported, destroyed; every reading says who and why" {
    daemon_start
    local one two other
    one=$(complaint --name 'Siti Aminah' --phone 0812-3456-7890)
    two=$(emergency --name 'siti  aminah' --phone '+62 812 3456 7890' --mail siti@contoh.id)
    other=$(complaint --name 'Rudi Hartono')
    as inspektorat-1 gives 0 person list --phone 081234567890 --why 'permohonan 7/2026' -o jsonl
    same "$(jq -r .ticket <<< "$output" | sort)" "$(printf '%s\n%s\n' "$one" "$two" | sort)"
    as inspektorat-1 gives 0 person list --mail SITI@contoh.id --why 'permohonan 7/2026' -o jsonl
    same "$(field ticket)" "$two"
    as inspektorat-1 gives 0 person export --name 'SITI AMINAH' --why 'permohonan 7/2026'
    same "$(jq -r 'select(.person) | .person.phone' <<< "$output" | sort -u)" +6281234567890
    same "$(jq -r 'select(.case.ticket?) | .case.ticket' <<< "$output" | sort)" "$(printf '%s\n%s\n' "$one" "$two" | sort)"
    has_not "$output" Rudi "$other"
    as inspektorat-1 gives 64 person list --phone 081234567890
    has "$stderr" --why
    as it-1 gives 64 person erase --reason 'permohonan 7/2026' # of nobody in particular
    as it-1 gives 0 person list --why 'pelanggaran data 1/2026' -o jsonl # a breach: all of them
    same "$(lines "$output")" 3
    has_not "$output" Siti Rudi
    same "$(history_of "$one" read source reason fields)" 'inspektorat-1 permohonan 7/2026 name,phone,mail,address,note'
    as it-1 gives 0 person erase --name 'Siti Aminah' --reason 'permohonan 7/2026'
    as inspektorat-1 gives 1 person list --phone 081234567890 --why periksa
    as inspektorat-1 gives 1 person show "$two" --why periksa
    as inspektorat-1 gives 0 person show "$other" --why periksa
    for ticket in "$one" "$two"; do
        same "$(history_of "$ticket" erase source erased)" 'it-1 person'
    done
}

@test "the media hear what is public: place and kind by themselves, a text when Humas gives one, corrections and withdrawals" {
    daemon_start
    local ticket secret
    SIAGA_SOURCE=media-1 away heard watch -o jsonl
    local feed=$LAST
    until_true watching 1
    ticket=$(emergency --address 'Jl. Juanda 99' --kelurahan margahayu --name 'Siti Aminah')
    secret=$(siaga complaint 'Anak dipukul' --category child.abuse --kecamatan jatiasih -o jsonl | jq -r .ticket)
    as media-1 gives 1 show "$ticket"
    until_true hears heard '"public":"publish"'
    as media-1 gives 0 list -o jsonl
    same "$(field '| [.ticket, .kelurahan, .kecamatan, .category] | join(" ")')" "$ticket margahayu bekasi-timur fire.building"
    as humas-1 gives 0 release "$ticket" --text 'Kebakaran dapat dikendalikan.'
    until_true hears heard 'Kebakaran dapat dikendalikan.'
    as humas-1 gives 0 correct "$ticket" --text 'Ralat: padam pukul 03.10.'
    until_true hears heard 'Ralat: padam pukul 03.10.'
    as humas-1 gives 0 withdraw "$ticket" --reason 'permintaan keluarga'
    until_true hears heard '"public":"withdraw"'
    as media-1 gives 1 list
    as media-1 gives 1 show "$ticket"
    as humas-1 gives 65 correct "$ticket" --text 'sekali lagi'
    has "$stderr" E_STATE
    as humas-1 gives 1 release "$secret" --text 'Kabar'
    as media-1 gives 77 release "$ticket" --text 'Kabar'
    kill -INT "$(child_of "$feed")"
    ended "$feed" 130
    has_not "$(cat heard)" Juanda Siti ruko keluarga poc-1 humas-1 "$secret"
    same "$(jq -r 'keys[]' heard | sort -u | paste -sd ' ')" 'at case category entry kecamatan kelurahan kind public seq severity state text ticket'
}
