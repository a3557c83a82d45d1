#!/usr/bin/env bats
# The first five minutes: siaga init, and then what each output says, up to the first emergency that is stored and shown. Keys are real.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

setup() {
    begin bekasi # the folder and an empty environment; the city comes from init
    unset SIAGA_SERVER SIAGA_SOURCE
    export PATH=$BUILD:$PATH
    rm -rf "$CITY"
}


next() { # what the output says to type, a command a line
    sed -n '/^  [^ ]*siagad -c /,$p' <<< "$1" | sed 's/^  //'
}

plays() { # SCRIPT: in a shell of its own; what it printed is in `said`
    env -u SIAGA_CONFIG timeout --kill-after=5 "$LIFE_S" bash -c "$1" > said 2>&1 < /dev/null
}

@test "five commands from nothing: init says the other four, and they end with the ticket shown" {
    run --separate-stderr in_time siaga init
    same "$status" 0
    same "$stderr" ''
    local commands
    commands=$(next "$output")
    same "$(lines "$commands")" 4
    like "$commands" '^siagad -c kota/siagad\.yaml &'
    has "$commands" "export SIAGA_CONFIG=$DIR/kota/client.yaml" 'siaga emergency ' 'siaga show TIKET'
    # as they stand, but for the ticket, which a person copies; who types waits until siagad says it listens, and here it ends with its shell
    # shellcheck disable=SC2016 # said by that shell
    plays "$(sed -e 's/^siagad .*/&\ntrap "kill %1; wait" EXIT; until grep -q "listening on" said; do sleep 0.05; done/' -e 's/^siaga emergency .*/& | tee answer/' \
        -e 's/^siaga show TIKET/read -r TICKET _ < answer \&\& siaga show "$TICKET"/' <<< "$commands")" || fail "$(cat said)"
    like "$(cat answer)" '^E-[0-9]{6}-0001-.  diterima  disdamkarmat '
    has "$(cat said)" "$(cut -d ' ' -f 1 answer)  " 'Kebakaran ruko' 'idempoten' 'masuk dari poc-1' 'stopped at entry'
    no_report
}

@test "what it makes is for its owner alone, small, of this machine, and what siagad and siaga cert take" {
    gives 0 init --lang en kota
    same "$(stat -c %a kota kota/keys kota/keys/server.key kota/keys/poc-1.key | xargs)" '700 700 600 600'
    grep -q '^listen: \[tcp://127\.0\.0\.1:[0-9]*\]' kota/siagad.yaml
    has "$output" "$(sed -n 's/^server: //p' kota/client.yaml)" '288 MiB'
    grep -q '^lang: en$' kota/client.yaml
    in_time siagad -c kota/siagad.yaml --check-config
    gives 0 cert list --people kota/people.d
    like "$output" 'poc-1 [^'$'\n'']* berlaku'
    diff -r -x people.d -x siagad.yaml -x client.yaml -x keys "$ROOT/etc/bekasi" kota
}

@test "a folder that is not empty is left as it is; one that is empty is taken" {
    mkdir ada kosong
    echo milik orang > ada/berkas
    gives 73 --lang en init ada
    has "$stderr" 'ada is there and not empty; nothing was changed'
    same "$(ls ada)" berkas
    gives 0 init kosong
    gives 73 init kosong
    gives 73 init ada/berkas/x
    ln -s /nonexistent/x putus
    gives 73 init putus
}

@test "another city, another port; what is wrong is said before anything is made" {
    gives 0 init --from "$ROOT/etc/sumenep" sumenep
    in_time siagad -c sumenep/siagad.yaml --check-config
    gives 66 --lang en init --from "$ROOT/docs" x
    has "$stderr" 'no city.yaml there'
    gives 64 init --port 70000 y
    gives 64 init a b
    python3 -c '
import socket, subprocess, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
port = str(s.getsockname()[1])
sys.exit(subprocess.run(sys.argv[1:] + [port, "z"]).returncode)' siaga init --port 2> taken || same "$?" 69
    has "$(cat taken)" 'dipakai program lain'
    [ ! -e y ] && [ ! -e z ]
}

@test "SIAGA_CONFIG: the file in place of the user's own; it must be there" {
    mkdir -p .config/siaga
    printf 'server: ipc://%s/home\nlang: id\n' "$DIR" > .config/siaga/client.yaml
    printf 'server: ipc://%s/named\nlang: en\n' "$DIR" > named.yaml
    gives 69 list --timeout 0.1
    has "$stderr" "$DIR/home"
    SIAGA_CONFIG=named.yaml gives 69 list --timeout 0.1
    has "$stderr" "$DIR/named" exit
    SIAGA_CONFIG=nowhere.yaml gives 78 list
    has "$stderr" SIAGA_CONFIG nowhere.yaml
}

@test "siaga alone tells a newcomer of it" {
    run siaga
    has "$output" "'siaga init'"
}
