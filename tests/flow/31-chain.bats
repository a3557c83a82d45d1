#!/usr/bin/env bats
# The history is what was written: siaga verify and siaga head, of a siagad that runs and of a store that lies still.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

setup() {
    begin bekasi
    quiet_city
    siaga cert new siagad --role server 2> /dev/null
    echo "server_key: $DIR/server.key" >> "$CITY/siagad.yaml"
}

auditor() { # CODE VERB ARGS...
    SIAGA_SOURCE=inspektorat-1 gives "$@"
}

signed() { # a head was signed
    SIAGA_SOURCE=inspektorat-1 siaga head > kepala.txt 2> /dev/null
}

written() { # a history with its head in kepala.txt: 12 entries at least
    daemon_start
    local n
    for n in 1 2 3 4 5 6; do
        complaint --key "k-$n" > ticket
    done
    until_true signed
    for n in 7 8 9 10 11 12; do
        complaint --key "k-$n" > /dev/null
    done
}

of_head() { # NAME
    sed -n "s/^$1: //p" kepala.txt
}

alter() { # HOW...
    [ -z "$DAEMON" ] || daemon_stop
    "$BUILD/tests/crash/alter" "$STORE" "$@"
}

@test "siaga head prints a file, and verify checks it" {
    written
    same "$(cut -d : -f 1 kepala.txt | tr '\n' ' ')" 'node day upto hash public sign '
    like "$(of_head sign)" '^[0-9a-f]{128}$'
    like "$(of_head day)" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}$'
    auditor 0 head
    same "$output" "$(cat kepala.txt)"
    auditor 0 head -o jsonl
    same "$(field sign) $(field upto)" "$(of_head sign) $(of_head upto)"
    [ "$(field now)" -gt "$(field seq)" ] || fail "$output"
    auditor 0 verify --head kepala.txt
    like "$output" $'^catatan 1 sampai [0-9]+: utuh; kepala bertanda tangan: 1\ncatatan [0-9]+: cocok dengan kepala yang disimpan$'
    same "$stderr" ''
    auditor 0 --lang en verify --head kepala.txt --signer "$(of_head public)"
    has "$output" ': all well; signed heads: 1' "entry $(of_head upto): fits the head that was kept"
    auditor 0 verify --head kepala.txt -o jsonl
    same "$(jq -s -c 'map(.found)' <<< "$output")" '[null,null]'
    auditor 0 verify -o json
    same "$(jq -c 'map(.more)' <<< "$output")" '[false]'
    # kept among other things, and as another system writes it
    { echo 'dari: inspektorat'; sed 's/$/\r/' kepala.txt; } > surat.txt
    auditor 0 verify --head surat.txt
}

@test "verify looks at a part, and says so when there is no such entry" {
    written
    auditor 0 verify --from 3 --to 7
    like "$output" '^catatan 3 sampai 7: utuh; kepala bertanda tangan: [01]$'
    auditor 0 verify --to=1
    same "$output" 'catatan 1 sampai 1: utuh; kepala bertanda tangan: 0'
    auditor 65 verify --to 5000
    like "$output" '^catatan [0-9]+: hilang, jurnal berakhir sebelum itu$'
    auditor 65 --lang en verify --from 5000
    like "$output" '^entry [0-9]+: missing, the journal ends before it$'
    auditor 65 verify --from 7 --to 3
    has "$stderr" E_RANGE
    for wrong in '--from 0' '--from x' '--to -1' '--from 1.5' '--from' '--nomor 5'; do
        # shellcheck disable=SC2086 # two words
        auditor 64 verify $wrong
    done
}

@test "a head that does not fit, and one that is none" {
    written
    sed "s/^hash: ./hash: $(of_head hash | tr '0-9a-f' '1-9a-f0' | cut -c 1)/" kepala.txt > lain.txt
    auditor 65 verify --head lain.txt
    has "$output" ': utuh' 'tidak cocok dengan kepala yang disimpan'
    auditor 65 verify --head lain.txt -o jsonl
    same "$(jq -s -r '.[1].found' <<< "$output")" head
    auditor 65 verify --signer "$(printf '0%.0s' {1..64})"
    has "$output" 'kunci yang tidak disebut' "$(of_head public)"
    has "$stderr" --signer
    auditor 0 verify --signer "$(printf '0%.0s' {1..64}),$(of_head public)"
    auditor 65 verify --signer abc
    has "$stderr" E_FIELD signer
    grep -v '^sign' kepala.txt > tanpa.txt
    for none in tanpa.txt siagad.err nosuch; do
        auditor 66 verify --head $none
        has "$stderr" $none 'siaga head'
    done
}

@test "who may ask: the auditor and the administrator, of heads the centre and leadership too" {
    written
    gives 77 verify
    has "$stderr" E_ROLE
    gives 77 verify --head kepala.txt
    gives 0 head
    SIAGA_SOURCE=it-1 gives 0 verify
    SIAGA_SOURCE=walikota gives 0 head
    SIAGA_SOURCE=media-1 gives 77 head
    SIAGA_SOURCE=walikota gives 77 verify
}

@test "with a ticket, verify is what the centre does with a complaint" {
    written
    gives 0 verify "$(cat ticket)" --note 'sudah ditelepon'
    has "$output" "$(cat ticket)" terverifikasi
    gives 64 verify tiketku
    gives 65 verify "$(cat ticket)"
    has "$stderr" E_STATE
}

@test "without a server key nothing is signed: head ends with 1 and says why" {
    sed -i '/^server_key:/d' "$CITY/siagad.yaml"
    daemon_start
    complaint > /dev/null
    auditor 1 head
    same "$output" ''
    has "$stderr" server_key
    auditor 1 head -o jsonl
    same "$(field now)" 1
    auditor 0 verify
    same "$output" 'catatan 1 sampai 1: utuh; kepala bertanda tangan: 0'
}

@test "an empty journal has no head, and nothing wrong with it" {
    sed -i '/^server_key:/d' "$CITY/siagad.yaml"
    daemon_start
    auditor 1 head
    auditor 0 verify
}

@test "a siagad that runs on an altered store names the first entry" {
    written
    alter text 5
    daemon_start
    auditor 65 verify
    same "$output" 'catatan 5: diubah'
    auditor 65 --lang en verify -o jsonl
    same "$(field found) $(field number) $(jq -r .text.en <<< "$output")" 'altered 5 altered'
    auditor 0 verify --to 4
    auditor 0 verify --from 6
    alter swap 3 4
    daemon_start
    auditor 65 verify
    same "$output" 'catatan 3: dipindahkan, sekarang di nomor 4'
    alter delete 6
    daemon_start
    auditor 65 verify --from 7
    same "$output" 'catatan 6: hilang'
}

@test "verify --store looks at a store that lies still" {
    written
    gives 78 verify --store "$STORE"
    has "$output" 'siaga verify' "$DAEMON"
    daemon_stop
    gives 0 verify --store "$STORE" --head kepala.txt --signer "$(of_head public)"
    like "$output" $'^entries 1 to [0-9]+: all well; signed heads: 1\nhead of .* fits: entry [0-9]+$'
    gives 0 verify --store="$STORE" --from 2 --to 4 --head kepala.txt
    has "$output" 'entries 2 to 4: all well' 'the key in the head itself was believed'
    alter delete 4
    gives 65 verify --store "$STORE"
    same "$output" 'entry 4: missing'
    gives 66 verify --store "$DIR/nosuch"
    has "$output" 'no store here'
    [ ! -e nosuch ] || fail 'made one'
    gives 66 verify --store "$STORE" --head nosuch
    gives 64 verify --store "$STORE" --signer abc
}

@test "a store written anew from its first entry is caught by what was kept elsewhere" {
    written
    alter rehash 1 "$(sed -n 's/^sign: //p' server.key)" # by who has the key of siagad
    gives 0 verify --store "$STORE" --signer "$(of_head public)"
    gives 65 verify --store "$STORE" --signer "$(of_head public)" --head kepala.txt
    has "$output" "entry $(of_head upto): does not fit the head kept in kepala.txt"
    daemon_start
    auditor 0 verify
    auditor 65 verify --head kepala.txt
    has "$output" 'tidak cocok'
}

@test "siagad is found beside siaga, else in the PATH; missing, it is named" {
    daemon_start
    complaint > /dev/null
    daemon_stop
    mkdir alone here
    cp "$BUILD/siaga" alone/siaga
    ln -s "$BUILD/siagad" here/siagad
    in_time env PATH="$DIR/here" alone/siaga verify --store "$STORE"
    local code=0
    if [ ! -x /usr/sbin/siagad ] && [ ! -x /usr/local/sbin/siagad ]; then
        in_time env PATH="$DIR/alone" alone/siaga verify --store "$STORE" 2> said || code=$?
        same "$code" 69
        has "$(cat said)" siagad
    fi
}

@test "verify has help in both languages, and its examples are understood" {
    local example code
    gives 0 verify --help
    has "$output" 'Pakai: siaga verify' '--head=BERKAS' '--store=FOLDER' '--signer=HEX' 'Kode keluar:'
    gives 0 --lang en help verify
    has "$output" 'Usage: siaga verify' 'Exit codes:' TICKET
    while IFS= read -r example; do
        code=0
        bash -c "siaga() { timeout $PATIENCE_S '$BUILD/siaga' \"\$@\" --timeout 0.2; }; $example" > said 2>&1 || code=$?
        [ "$code" -eq 69 ] || [[ $example == *--store* && $code -eq 66 ]] || fail "$example: $code $(cat said)"
    done < <("$BUILD/siaga" verify --help | grep '^  siaga verify')
}
