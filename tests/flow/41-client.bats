#!/usr/bin/env bats
# client.yaml: what is the same for every call; and what comes before what.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

setup() {
    begin bekasi
    quiet_city
    unset SIAGA_SERVER SIAGA_SOURCE
    export XDG_CONFIG_HOME=$DIR/config
    YAML=$DIR/config/siaga/client.yaml
    mkdir -p "${YAML%/*}"
}

mistake() { # LINE PART...: of the file
    local line=$1
    shift
    gives 78 --lang en list
    has "$stderr" "siaga: $YAML:$line: " "$@"
    same "$(lines "$stderr")" 1
}

@test "server, source and language come from the file; the variable comes before it, the option before that" {
    printf 'server: ipc://%s/s   # ours\nsource: poc-1\nlang: en\n' "$DIR" > "$YAML"
    daemon_start
    gives 0 emergency 'Api' --category fire.building
    has "$output" '  received  '
    gives 0 --lang id list
    has "$output" TIKET
    SIAGA_LANG=id gives 0 list
    has "$output" TIKET
    SIAGA_SERVER=ipc://$DIR/nowhere gives 69 list --timeout 0.1
    SIAGA_SERVER=ipc://$DIR/nowhere gives 0 list --server "ipc://$DIR/s"
    SIAGA_SOURCE=walikota gives 77 emergency 'Api' --category fire.building
    SIAGA_SOURCE=walikota gives 0 emergency 'Api' --category fire.building --source poc-2
    unset XDG_CONFIG_HOME
    gives 69 list --timeout 0.1 --server "ipc://$DIR/nowhere"
    mkdir -p .config && mv config/siaga .config/siaga
    gives 0 list
    has "$output" TICKET
}

@test "the key file, beside the file or at home; spool" {
    siaga cert new field-1 --role field --dir "$DIR/config/siaga" 2> /dev/null
    printf 'server: ipc://%s/nowhere\ncert: field-1.key\n' "$DIR" > "$YAML"
    gives 0 report 'Pompa' --category flood.pump --timeout 0.1 # known as field staff by the key
    like "$output" '^diantrekan'
    has "$(siaga outbox -o jsonl)" "\"cert\":\"$DIR/config/siaga/field-1.key\""
    echo 'spool: never' >> "$YAML"
    gives 69 report 'Pompa' --category flood.pump --timeout 0.1
    printf 'server: ipc://%s/nowhere\ncert: ~/config/siaga/field-1.key\nspool: auto\n' "$DIR" > "$YAML"
    gives 0 report 'Pompa' --category flood.pump --timeout 0.1
    printf 'server: ipc://%s/nowhere\nspool: always\n' "$DIR" > "$YAML"
    gives 0 report 'Pompa' --category flood.pump --timeout 0.1
    SIAGA_SPOOL=never gives 69 report 'Pompa' --category flood.pump --timeout 0.1
    gives 69 report 'Pompa' --category flood.pump --timeout 0.1 --no-spool
}

@test "a mistake is named with file and line: 78, and nothing is done" {
    printf 'server: ipc:///x\nsorce: poc-1\n' > "$YAML"
    mistake 2 'sorce' '-> source'
    gives 78 list
    has "$stderr" "siaga: $YAML:2: bukan server"
    printf 'server: ipc:///x\n\nsource: Poc 1\n' > "$YAML"
    mistake 3 'Poc 1' 'a-z 0-9 -'
    printf 'spool: sometimes\n' > "$YAML"
    mistake 1 "'sometimes'" always
    printf 'lang: de\n' > "$YAML"
    mistake 1 "'de'"
    printf '# x\nserver: [a, b]\n' > "$YAML"
    mistake 2 'one text'
    printf 'server:\n' > "$YAML"
    mistake 1 'address of siagad'
    printf 'server: ipc:///x\nserver: ipc:///y\n' > "$YAML"
    mistake 2
    printf 'server: "ipc:///x\n' > "$YAML"
    mistake 1
    printf 'lang: &a id\n' > "$YAML"
    mistake 1 'one text'
    printf -- '- server\n' > "$YAML"
    mistake 1 "'name: value'"
    printf 'lang: id\n# \xff\n' > "$YAML"
    mistake 2 'UTF-8'
    printf 'lang: \e[2Jid\n' > "$YAML"
    mistake 1
    harmless "$stderr"
    head -c 70000 /dev/zero | tr '\0' '#' > "$YAML"
    mistake 1 'too large'
    rm "$YAML" && mkfifo "$YAML"
    mistake 1 'cannot be read'
    rm "$YAML" && mkdir "$YAML"
    mistake 1 'cannot be read'
}

@test "an empty file, or none, or comments alone, say nothing" {
    for text in '' '# only a comment'$'\n' '---'$'\n'; do
        printf '%s' "$text" > "$YAML"
        gives 69 list --timeout 0.1 --server "ipc://$DIR/nowhere"
    done
}

# ---- contexts

contexts() { # two of them, of which one is ours
    cat > "$YAML" << END
# what is the same for all
source: poc-1
contexts:
  sini:
    server: ipc://$DIR/s
    lang: en
  jauh:
    server: ipc://$DIR/nowhere
    source: poc-2
END
}

@test "a context: named by an option, the environment or the file, in this order" {
    contexts
    SIAGA_SERVER=ipc://$DIR/s daemon_start
    gives 1 --context sini list
    has "$stderr" 'no case matches'
    gives 69 --context=jauh list --timeout 0.1
    SIAGA_CONTEXT=jauh gives 69 list --timeout 0.1
    SIAGA_CONTEXT=jauh gives 1 list --context sini
    gives 0 config use sini
    gives 1 list
    SIAGA_CONTEXT=jauh gives 69 list --timeout 0.1
    SIAGA_SERVER=ipc://$DIR/nowhere gives 69 list --timeout 0.1 # the environment comes before the context
    gives 1 list --context jauh --server "ipc://$DIR/s"
}

@test "config use writes one line and leaves all others; config list shows which counts" {
    contexts
    cp "$YAML" before
    gives 0 config use jauh
    same "$(diff before "$YAML")" $'9a10\n> context: jauh'
    gives 0 config use sini --lang id
    has "$stderr" "konteks sini berlaku" "$YAML"
    same "$(diff before "$YAML")" $'9a10\n> context: sini'
    gives 0 config list -o plain --fields name,chosen,server
    same "$output" "sini"$'\t'"true"$'\t'"ipc://$DIR/s"$'\n'"jauh"$'\t'"false"$'\t'"ipc://$DIR/nowhere"
    gives 0 config list
    like "$output" $'\n'"[*] sini +ipc://$DIR/s +$YAML:4"
    gives 64 config use sana --lang id
    has "$stderr" "tidak ada konteks 'sana'; maksudnya sini?"
    gives 64 config use
    gives 64 config show sini
    gives 64 config shwo
    has "$stderr" show
    rm "$YAML"
    gives 1 config list
    printf '{server: "ipc:///x", contexts: {sini: {lang: en}}}\n' > "$YAML"
    gives 65 config use sini
    same "$(cat "$YAML")" '{server: "ipc:///x", contexts: {sini: {lang: en}}}'
}

@test "config show --origin: each setting and who said so, without any siagad" {
    contexts
    SIAGA_TZ=WIT gives 0 config show --origin --context jauh --output plain
    gives 0 config show -o jsonl --context jauh --tz UTC
    row() { jq -r --arg s "$1" 'select(.setting == $s) | [.value, .origin, .line, .context] | map(. // "" | tostring) | join(" ")' <<< "$output"; }
    same "$(row server)" "ipc://$DIR/nowhere $YAML 8 jauh"
    same "$(row source)" "poc-2 $YAML 9 jauh"
    same "$(row lang)" 'id default  '
    same "$(row context)" 'jauh --context  '
    same "$(row tz)" 'UTC --tz  '
    same "$(row output)" 'jsonl --output  '
    SIAGA_SOURCE=poc-3 gives 0 config show --origin --context sini
    like "$output" "source +poc-3 +SIAGA_SOURCE"
    like "$output" "server +ipc://$DIR/s +$YAML:5 \\(sini\\)"
    like "$output" "spool +auto +default"
    gives 0 config show
    has_not "$output" "$YAML"
}

@test "a mistake in a context, or one that is not there, is named with file and line" {
    contexts
    sed -i 's/lang: en/lnag: en/' "$YAML"
    mistake 6 "'lnag -> lang'"
    contexts
    sed -i 's/lang: en/lang: de/' "$YAML"
    mistake 6 "'de'"
    contexts
    sed -i 's/^  sini:/  Sini:/' "$YAML"
    mistake 4 'Sini' 'a-z 0-9 -'
    printf 'contexts:\n  a: b\n' > "$YAML"
    mistake 2 'below it, indented'
    printf 'contexts: x\n' > "$YAML"
    mistake 1 'below it, indented'
    contexts
    echo 'context: jaug' >> "$YAML"
    mistake 10 "no context 'jaug'; did you mean jauh?"
    gives 64 list --context zzz
    has "$stderr" "--context: tidak ada konteks 'zzz'" 'siaga config list'
    SIAGA_CONTEXT=zzz gives 78 list
    contexts
    echo 'contxt: sini' >> "$YAML"
    mistake 10 "'contxt -> context'"
}
