# shellcheck shell=bash
# What scenes with keys share: keys made and enrolled in $PEOPLE, a siagad over tcp, and speaking with one of the keys.
#
# shellcheck disable=SC2154 # the fixture sets CITY and DIR

new() { # NAME ROLE...: its key, made for our siagad if that has one
    local for_it=()
    [ ! -e server.pub ] || for_it=(--server-key server.pub)
    siaga cert new "$1" --role "$2" "${for_it[@]}" "${@:3}" 2> /dev/null
}

enrolled() { # NAME ROLE...
    new "$@" && siaga cert enrol "$1.pub.yaml" --people "$PEOPLE" 2> /dev/null
}

# A siagad that listens on tcp; $TCP is its address.
tcp_start() {
    [ -e server.key ] || siaga cert new siagad --role server 2> /dev/null
    sed -i -e "s|^listen:.*|listen: [ipc://$DIR/s, tcp://127.0.0.1:0]|" -e '/^server_key:/d' "$CITY/siagad.yaml"
    echo "server_key: $DIR/server.key" >> "$CITY/siagad.yaml"
    daemon_start
    TCP=$(grep -o 'listening on tcp://[^" ]*' "$DIR/siagad.err" | tail -n 1 | cut -d ' ' -f 3)
}

with() { # NAME: what follows in this test speaks with this key, and claims no name
    export SIAGA_SERVER=$TCP SIAGA_CERT=$DIR/$1.key
    unset SIAGA_SOURCE
}

holds() { # NAME: the key gets in
    SIAGA_SOURCE='' SIAGA_CERT=$DIR/$1.key SIAGA_SERVER=$TCP siaga status > /dev/null 2>&1
}
