#!/usr/bin/env bats
# Keys: made where they are used, enrolled and taken back in people.d, and what siagad makes of them over tcp.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture
load keys

setup() {
    begin bekasi
    quiet_city
    PEOPLE=$CITY/people.d
}

key_of() { # FILE: the public key in it, row or key file
    grep -oP 'public: "?\K[^" ]{40}' "$1"
}

listed() { # the rows as JSON
    siaga cert list --people "$PEOPLE" -o jsonl
}

clean() { # siagad itself finds nothing wrong
    run --separate-stderr siagad -c "$CITY/siagad.yaml" --check-config
    [ "$status" -eq 0 ] || fail "$stderr"
    has "$stderr" '0 errors'
}

mode() { stat -c %a "$1"; }

away_with() { # NAME OUTPUT VERB ARGS...: in the background
    SIAGA_SOURCE='' SIAGA_CERT=$DIR/$1.key SIAGA_SERVER=$TCP away "${@:2}"
}

watches() { # N, as siagad counts them over ipc
    [ "$(SIAGA_SERVER=ipc://$DIR/s siaga status -o jsonl 2> /dev/null | jq .watches)" = "$1" ]
}

strangers() { # handshakes that siagad refused
    SIAGA_SERVER=ipc://$DIR/s SIAGA_SOURCE=it-1 siaga status -o jsonl | jq .counters.strangers
}

heard() { # FILE TEXT
    grep -qF -- "$2" "$1"
}

told() { # FILE N: so many lines are in it
    [ "$(wc -l < "$1")" -ge "$2" ]
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# ---- making

@test "cert new: a secret for its owner alone, and a row for people.d" {
    umask 0
    gives 0 cert new poc-9 --role operator --skpd poc-112
    same "$output" ''
    has "$stderr" poc-9.key poc-9.pub.yaml 'siaga cert enrol' "server: KUNCI"
    same "$(mode poc-9.key)" 600
    local secret public
    secret=$(sed -n 's/^secret: //p' poc-9.key)
    public=$(key_of poc-9.key)
    same "${#secret} ${#public}" '40 40'
    has "$(cat poc-9.key)" 'name: poc-9' 'role: operator' 'skpd: poc-112'
    like "$(cat poc-9.pub.yaml)" '\{id: poc-9, role: operator, skpd: poc-112, public: "[^"]{40}", from: 20[0-9]{2}-[0-9]{2}-[0-9]{2}\}'
    same "$(key_of poc-9.pub.yaml)" "$public"
    has_not "$(cat poc-9.pub.yaml)$stderr" "$secret"
    mkdir keys
    gives 0 cert new media-9 --role media --dir keys -o jsonl
    same "$(field name) $(field key_file) $(field public)" "media-9 keys/media-9.key $(key_of keys/media-9.key)"
    has_not "$output" "$(sed -n 's/^secret: //p' keys/media-9.key)"
}

@test "cert new writes over nothing: 73" {
    new poc-9 operator
    cp poc-9.key before
    gives 73 cert new poc-9 --role operator
    has "$stderr" poc-9.pub.yaml 'tidak ditimpa'
    rm poc-9.pub.yaml
    gives 73 cert new poc-9 --role operator
    has "$stderr" poc-9.key
    cmp before poc-9.key
    [ ! -e poc-9.pub.yaml ] || fail 'half of a pair'
    gives 73 cert new poc-8 --role operator --dir nosuch
}

@test "cert new: who asks wrongly is told: 64" {
    gives 64 cert new poc-9
    has "$stderr" '--role'
    gives 64 cert new poc-9 --role operatr
    has "$stderr" 'maksudnya operator?'
    gives 64 cert new Poc_9 --role operator
    has "$stderr" 'a-z 0-9 -'
    gives 64 cert new ../poc-9 --role operator
    gives 64 cert new "$(printf 'a%.0s' {1..49})" --role operator
    gives 64 cert new desk-9 --role handler
    has "$stderr" '--skpd'
    gives 64 cert new desk-9 --role handler --skpd 'Dinas LH'
    gives 64 cert new siagad --role operator
    gives 64 cert new poc-9 --role server
    gives 64 cert new poc-9 --role system
    gives 64 cert new
    gives 64 cert nwe poc-9 --role operator
    has "$stderr" 'maksudnya new?'
    same "$(find . -name '*.key' | wc -l)" 0
}

@test "cert new --role server: the keys of siagad, and what its clients get" {
    gives 0 --lang en cert new siagad --role server
    has "$stderr" server.key server.pub
    same "$(mode server.key)" 600
    like "$(cat server.key)" $'name: siagad\nrole: server\npublic: .{40}\nsecret: .{40}\nsign: [0-9a-f]{64}'
    has_not "$(cat server.pub)" secret sign
    local public
    public=$(key_of server.pub)
    new poc-8 operator
    gives 0 cert new poc-9 --role operator --server-key "$public"
    same "$(sed -n 's/^server: //p' poc-8.key)" "$public"
    same "$(sed -n 's/^server: //p' poc-9.key)" "$public"
    gives 65 cert new poc-7 --role operator --server-key poc-8.key
    has "$stderr" 'server.pub'
    gives 78 cert new poc-7 --role operator --server-key nosuch
    [ ! -e poc-7.key ] || fail 'made without it'
}

# ---- enrolling

@test "cert enrol: into the row that is there, or a file of its own; siagad reads it" {
    new poc-1 operator --skpd poc-112
    cp -r "$PEOPLE" before
    chmod 640 "$PEOPLE/poc.yaml"
    gives 0 cert enrol poc-1.pub.yaml --people "$PEOPLE"
    has "$stderr" poc-1 poc.yaml 'dalam 2 detik'
    same "$(diff -r before "$PEOPLE" | grep -c '^[<>]')" 2
    like "$(grep poc-1 "$PEOPLE/poc.yaml")" 'note: "meja 1", public: "[^"]{40}", from: 20.*\}$'
    same "$(mode "$PEOPLE/poc.yaml")" 640
    new poc-9 operator --skpd poc-112
    umask 077
    gives 0 cert enrol poc-9.pub.yaml --people "$PEOPLE" -o jsonl
    same "$(field name) $(field file) $(field public)" "poc-9 poc-9.yaml $(key_of poc-9.key)"
    same "$(mode "$PEOPLE/poc-9.yaml")" 644
    clean
    same "$(find "$PEOPLE" -name '.*' -type f | wc -l)" 0
}

@test "cert enrol: a key or a name twice, another role, another SKPD: 65, and nothing is changed" {
    enrolled poc-1 operator
    cp -r "$PEOPLE" before
    refused() { # FILE PART...
        gives 65 --lang en cert enrol "$1" --people "$PEOPLE"
        has "$stderr" "${@:2}"
        diff -r before "$PEOPLE"
    }
    refused poc-1.pub.yaml 'stands already' 'poc.yaml:3'
    sed 's/poc-1/poc-2/' poc-1.pub.yaml > same.pub.yaml
    refused same.pub.yaml 'stands already' 'poc.yaml:3'
    rm poc-1.key poc-1.pub.yaml
    new poc-1 operator
    refused poc-1.pub.yaml 'has a key already' 'cert revoke poc-1'
    new poc-2 admin
    refused poc-2.pub.yaml operator admin
    new poc-3 operator --skpd dlh
    refused poc-3.pub.yaml poc-112 dlh
    new leaders leader
    cp before/leaders.yaml "$PEOPLE/leaders.yaml"
    gives 73 cert enrol leaders.pub.yaml --people "$PEOPLE"
    has "$stderr" 'leaders.yaml' '{id: leaders, role: leader'
    diff -r before "$PEOPLE"
}

@test "cert enrol takes a name, a role and a key, and nothing that was slipped in: 65" {
    new poc-9 operator
    local n=0 said change
    while IFS='|' read -r said change; do
        sed -e "$change" poc-9.pub.yaml > bad.yaml
        cmp -s poc-9.pub.yaml bad.yaml && fail "$change changed nothing"
        gives 65 --lang en cert enrol bad.yaml --people "$PEOPLE"
        has "$stderr" bad.yaml "$said"
        n=$((n + 1))
    done << 'END'
user, quota, drill and note|s/role:/user: root, role:/
user, quota, drill and note|s/role:/quota: {messages: 999999}, role:/
the role is not known|s/operator/emperor/
the role is not known|s/operator/system/
the id is not valid|s/poc-9/siagad/
the id is not valid|s/poc-9/..\/x/
no public key|s/public: "./public: "/
no public key|s/public/publik/
such as 2026-11-24|s/from: 2/from: x/
one row below people:|s/people:/people: [{id: a, role: field}]/
one row below people:|$a revoked: []
one row below people:|s/}$//
one row below people:|s/  - .*//
END
    same "$n" 13
    gives 66 cert enrol nosuch.yaml --people "$PEOPLE"
    gives 66 cert enrol poc-9.pub.yaml --people "$DIR/nosuch"
    same "$(diff -r "$ROOT/etc/bekasi/people.d" "$PEOPLE")" ''
}

@test "rows in other forms get a key and lose it, and the rest stays as it was" {
    cat > "$PEOPLE/other.yaml" << 'END'
# kept by hand
people:
  - id: blok-1        # one line a pair
    role: operator
    quota:
      messages: 50

    note: "a, b: {c}"
  - {id: panjang-1, role: operator, note: 'it''s', # goes on
     quota: {messages: 5}}
END
    cp "$PEOPLE/other.yaml" before
    clean
    enrolled blok-1 operator
    enrolled panjang-1 operator
    clean
    same "$(listed | jq -r 'select(.file == "other.yaml") | "\(.name) \(.state)"' | paste -sd ' ')" 'blok-1 valid panjang-1 valid'
    siaga cert revoke blok-1 --people "$PEOPLE"
    siaga cert revoke panjang-1 --people "$PEOPLE"
    clean
    same "$(sed -e 's/, from: 20[0-9-]*//' -e '/^    from: /d' "$PEOPLE/other.yaml")" "$(cat before)"
}

# ---- taking back

@test "cert revoke: out of the row, onto the list, for ever" {
    enrolled poc-1 operator
    local key
    key=$(key_of poc-1.key)
    gives 0 cert revoke poc-1 --people "$PEOPLE" --reason $'hilang\n- "x": \e[31m'
    has "$stderr" 'dalam 2 detik'
    has_not "$(cat "$PEOPLE/poc.yaml")" "$key"
    like "$(cat "$PEOPLE/revoked.yaml")" '# 20[0-9-]{8} poc-1 operator poc-112: hilang'
    has "$(cat "$PEOPLE/revoked.yaml")" "  - \"$key\""
    harmless "$(cat "$PEOPLE/revoked.yaml")"
    clean
    gives 65 --lang en cert enrol poc-1.pub.yaml --people "$PEOPLE"
    has "$stderr" 'was revoked'
    gives 1 cert revoke poc-1 --people "$PEOPLE"
    has "$stderr" 'tidak punya kunci' 'poc.yaml:3'
    gives 1 cert revoke pok-1 --people "$PEOPLE"
    has "$stderr" 'maksudnya poc-1?'
    rm poc-1.*
    enrolled poc-1 operator # a new key for the same desk
    enrolled poc-2 operator
    gives 0 cert revoke poc-2 --people "$PEOPLE"
    same "$(grep -c '^  - "' "$PEOPLE/revoked.yaml")" 2
    clean
    same "$(listed | jq -r 'select(.name == "poc-1") | .state' | paste -sd ' ')" 'valid revoked'
}

@test "a revocation that was cut short is finished by the next run" {
    enrolled poc-1 operator
    cp "$PEOPLE/poc.yaml" row
    siaga cert revoke poc-1 --people "$PEOPLE"
    cp row "$PEOPLE/poc.yaml" # as if the power had gone between the two files
    same "$(listed | jq -r 'select(.file == "poc.yaml" and .name == "poc-1") | .state')" revoked
    gives 0 cert revoke poc-1 --people "$PEOPLE"
    same "$(grep -c '^  - "' "$PEOPLE/revoked.yaml")" 1
    has_not "$(cat "$PEOPLE/poc.yaml")" public
    clean
}

@test "a folder somebody else is changing, a file that is a link: said, and left alone" {
    new poc-1 operator
    # shellcheck disable=SC2016 # $0 is the inner shell's
    run --separate-stderr flock "$PEOPLE" timeout "$PATIENCE_S" "$BUILD/siaga" cert enrol poc-1.pub.yaml --people "$PEOPLE"
    same "$status" 75
    mv "$PEOPLE/poc.yaml" poc.yaml
    ln -s "$DIR/poc.yaml" "$PEOPLE/poc.yaml"
    gives 73 cert enrol poc-1.pub.yaml --people "$PEOPLE"
    has "$stderr" poc.yaml
    [ -L "$PEOPLE/poc.yaml" ] || fail 'the link was replaced'
}

@test "cert list: who has which key, and never a secret" {
    enrolled poc-1 operator
    enrolled poc-2 operator
    enrolled poc-3 operator
    sed -i -e '/id: poc-2/s/from: [0-9-]*/from: 2026-01-01, until: 2026-01-31/' -e '/id: poc-3/s/from: [0-9-]*/from: 2090-01-31/' "$PEOPLE/poc.yaml"
    gives 0 cert list --people "$PEOPLE"
    local key
    key=$(key_of poc-1.key)
    has "$output" NAMA PERAN KUNCI SEJAK SAMPAI PENGGUNA "${key:0:8}" 'operator POC' kedaluwarsa 'belum berlaku' 'tanpa kunci' 2026-01-31 2090-01-31
    has_not "$output" "$key" "$(sed -n 's/^secret: //p' poc-1.key)"
    gives 0 --lang en cert list --people "$PEOPLE" -o json
    same "$(jq -r '.[] | select(.file == "poc.yaml") | .state' <<< "$output" | paste -sd ' ')" 'valid expired early none none'
    same "$(jq -r '.[] | select(.user) | .state' <<< "$output")" local
    mkdir empty
    gives 1 cert list --people empty
    gives 66 cert list --people nosuch
    has "$stderr" '--people'
}

# ---- using

@test "a key file that others may read, or that is none: 78, with the command that mends it" {
    siaga cert new siagad --role server 2> /dev/null
    new poc-1 operator
    export SIAGA_SERVER=tcp://127.0.0.1:1
    local bits
    for bits in 604 640 620 660 666; do
        chmod "$bits" poc-1.key
        gives 78 list --cert poc-1.key
        has "$stderr" poc-1.key "chmod 600 poc-1.key" "0$bits"
        SIAGA_CERT=poc-1.key gives 78 --lang en list
        has "$stderr" 'chmod 600 poc-1.key'
    done
    chmod 400 poc-1.key
    gives 69 list --cert poc-1.key --timeout 0.2
    ln -s poc-1.key link.key
    mkfifo -m 600 pipe.key
    gives 78 list --cert link.key
    gives 78 list --cert pipe.key
    gives 78 list --cert .
    gives 78 list --cert nosuch.key
    has "$stderr" nosuch.key SIAGA_CERT
    gives 78 list --cert server.pub
    has "$stderr" 'tidak ada kunci rahasia'
    sed '/^server:/d' poc-1.key > lost.key
    sed 's/^secret: ./secret: /' poc-1.key > short.key
    chmod 600 lost.key short.key
    gives 78 list --cert lost.key
    has "$stderr" "'server: KUNCI'"
    gives 78 --lang en list --cert short.key
    has "$stderr" 'short.key: line 5:' 'value is not valid'
    gives 78 list
    has "$stderr" '--cert' SIAGA_CERT 'siaga cert new'
    SIAGA_SERVER=ipc://$DIR/s gives 69 list --cert nosuch.key --timeout 0.2 # ipc uses none
}

@test "tcp with a key: in, under the name of the key and no other" {
    siaga cert new siagad --role server 2> /dev/null
    enrolled poc-1 operator
    tcp_start
    with poc-1
    gives 0 report 'Pompa kembali jalan' --category flood.pump -o jsonl
    gives 0 show "$(field ticket)" -o jsonl
    same "$(jq -r .case.source <<< "$output")" poc-1
    gives 77 report 'Pompa' --category flood.pump --source poc-2
    has "$stderr" E_SOURCE
    SIAGA_SOURCE=poc-2 gives 77 list
    gives 0 list --source poc-1
    gives 0 list --server "tcp://127.0.0.1:1,$TCP"
    gives 0 report 'Pompa' --category flood.pump --timeout 5 --server "$TCP,ipc://$DIR/s"
}

@test "tcp with another's key, none, one too old or too young, another server's: 77 at once" {
    siaga cert new siagad --role server 2> /dev/null
    enrolled poc-1 operator
    enrolled poc-2 operator
    enrolled poc-3 operator
    new stranger operator
    sed -i -e '/id: poc-2/s/from: [0-9-]*/from: 2026-01-01, until: 2026-01-31/' -e '/id: poc-3/s/from: [0-9-]*/from: 2090-01-01/' "$PEOPLE/poc.yaml"
    tcp_start
    local name
    for name in stranger poc-2 poc-3; do
        with "$name"
        gives 77 list --timeout 30
        has "$stderr" "$name.key" 'menolak kunci ini' 'siaga cert list'
        gives 77 --lang en watch
        has "$stderr" 'refuses this key'
        gives 77 report 'Pompa' --category flood.pump
    done
    with poc-1
    gives 0 status
    sed "s|^server: .*|server: $(key_of stranger.key | sed 's/[&|\\]/\\&/g')|" poc-1.key > wrong.key
    chmod 600 wrong.key
    with wrong
    gives 77 list --timeout 2
    has "$stderr" wrong.key "'server:'" server.pub
    with poc-1
    gives 77 list --cert stranger.key
    gives 0 status --cert stranger.key --server "$TCP,ipc://$DIR/s" --source poc-1 # the next one of the list
}

@test "a client that was turned away does not come again, though it waits for another siagad" {
    siaga cert new siagad --role server 2> /dev/null
    new stranger operator
    tcp_start
    local before
    before=$(strangers)
    with stranger
    gives 69 list --server "$TCP,tcp://127.0.0.1:1" --timeout 3
    same "$(strangers)" $((before + 1))
}

@test "a key taken back: its watch is cut within 2 s, another goes on undisturbed" {
    siaga cert new siagad --role server 2> /dev/null
    enrolled poc-1 operator
    enrolled poc-2 operator
    tcp_start
    away_with poc-1 one watch
    local one=$LAST began took
    away_with poc-2 two watch
    local two=$LAST
    until_true watches 2
    with poc-2
    report > /dev/null
    until_true told one 1
    until_true told two 1
    siaga cert revoke poc-1 --people "$PEOPLE"
    began=$(now_ms)
    ended "$one" 77
    took=$(($(now_ms) - began))
    echo "# cut after $took ms" >&3
    [ "$took" -lt 2000 ] || fail "it took $took ms"
    has "$(cat one.err)" 'menolak kunci ini'
    report > /dev/null
    until_true told two 2
    kill -INT "$(child_of "$two")"
    ended "$two" 130
    same "$(lines "$(cat one)")" 1
    has_not "$(cat two.err)" terputus putus
    with poc-1
    gives 77 list
}

@test "another key in the file, of the same size and time: the old one is cut, the new one gets in" {
    siaga cert new siagad --role server 2> /dev/null
    enrolled poc-1 operator
    new other operator
    tcp_start
    away_with poc-1 one watch
    local one=$LAST old new
    until_true watches 1
    old=$(key_of poc-1.key)
    new=$(key_of other.key)
    cp -p "$PEOPLE/poc.yaml" before
    awk -v old="$old" -v new="$new" '{ at = index($0, old); if (at) $0 = substr($0, 1, at - 1) new substr($0, at + 40); print }' before > after
    touch -r before after
    cat after > "$PEOPLE/poc.yaml" # in place: the same inode too
    touch -r before "$PEOPLE/poc.yaml"
    same "$(stat -c '%s %y' "$PEOPLE/poc.yaml")" "$(stat -c '%s %y' before)"
    ended "$one" 77
    holds poc-1 && fail 'the old key gets in'
    until_true holds other
}

@test "another role: cut, and what it may do then is what the new role may" {
    siaga cert new siagad --role server 2> /dev/null
    enrolled poc-1 operator
    enrolled poc-2 operator
    tcp_start
    away_with poc-1 one watch
    local one=$LAST
    away_with poc-2 two watch
    local two=$LAST
    until_true watches 2
    sed -i -e '/id: poc-1/s/role: operator/role: admin/' -e '/id: poc-2/s/role: operator/role: leader/' "$PEOPLE/poc.yaml"
    ended "$one" 77 # an administrator reads no cases
    has "$(cat one.err)" E_ROLE
    until_true heard two.err terputus
    until_true watches 1 # leadership does: it came back by itself
    with poc-1
    gives 77 list
    gives 0 status
    kill -INT "$(child_of "$two")"
    ended "$two" 130
}

@test "siagad's own key: refused when others may read it; without one there is no tcp" {
    tcp_start
    daemon_stop
    chmod 644 server.key
    run --separate-stderr siagad -c "$CITY/siagad.yaml"
    same "$status" 78
    has "$stderr" 'chmod 600' server.key
    chmod 600 server.key
    sed -i '/^server_key:/d' "$CITY/siagad.yaml"
    run --separate-stderr siagad -c "$CITY/siagad.yaml"
    same "$status" 78
    has "$stderr" 'siaga cert new siagad --role server'
}

@test "ipc: users: one is who the user of the machine is, and claims nothing" {
    local me
    me=$(id -un)
    sed -i -e 's/^ipc:.*/ipc: users/' "$CITY/siagad.yaml"
    sed -i "s/, user: root//" "$PEOPLE/leaders.yaml"
    sed -i "/id: poc-1/s/role:/user: $me, role:/" "$PEOPLE/poc.yaml"
    unset SIAGA_SOURCE
    daemon_start
    gives 0 report 'Pompa kembali jalan' --category flood.pump -o jsonl
    gives 0 show "$(field ticket)" -o jsonl
    same "$(jq -r .case.source <<< "$output")" poc-1
    gives 77 list --source poc-2
    has "$stderr" E_SOURCE
    gives 0 list --cert nosuch.key
    sed -i "s/user: $me, //" "$PEOPLE/poc.yaml"
    refused_here() { gives 77 list; }
    until_true refused_here
    gives 77 --lang en list
    has "$stderr" "uid $(id -u)" "'user:'" people.d
    kill -TERM "$DAEMON"
    wait "$RUNNER"
    DAEMON='' RUNNER=''
}

# ---- what is said about it

@test "cert and roles have help in both languages, and its examples do what they say" {
    local verb example
    siaga cert new siagad --role server 2> /dev/null
    for verb in cert roles; do
        gives 0 "$verb" --help
        has "$output" "Pakai: siaga $verb" Contoh: 'Kode keluar:' '--cert=BERKAS' SIAGA_CERT
        gives 0 --lang en help "$verb"
        has "$output" "Usage: siaga $verb" Examples: 'Exit codes:' 'key file, needed for tcp'
        while IFS= read -r example; do
            [[ $example != *revoke* ]] || siaga cert enrol poc-5.pub.yaml --people "$PEOPLE"
            bash -c "siaga() { timeout $PATIENCE_S '$BUILD/siaga' \"\$@\"; }; ${example/cert revoke/cert --people $PEOPLE revoke}" > said 2>&1 ||
                fail "$example: $(cat said)"
        done < <("$BUILD/siaga" "$verb" --help | grep "^  siaga $verb")
    done
}

# ---- who may what

@test "roles: who may ask and see what, as siagad has it" {
    gives 0 roles
    has "$output" BOLEH MELIHAT MENDENGAR operator media auditor
    has_not "$output" system
    like "$output" $'\nget +x +x +x +x +x +x +- +x +x'
    like "$output" $'\ntitle +x +o +x +o +- +- +- +x +o'
    gives 0 --lang en roles auditor
    has "$output" MAY SEES 'HEARS OF' 'one case with its whole history'
    has_not "$output" submit 'opens a desk' withdraws destroys\ a
    gives 0 roles admin -o jsonl
    same "$(jq -r 'select(.verb == "get" or .field == "title")' <<< "$output")" ''
    gives 0 roles -o json
    same "$(jq -c '.[] | select(.verb == "release") | .roles' <<< "$output")" '["humas"]'
    same "$(jq -c '.[] | select(.field == "body") | .roles - .secret' <<< "$output")" '["field","leader","importer"]'
    gives 64 roles operatr
    has "$stderr" 'maksudnya operator?'
}
