#!/usr/bin/env bats
# What the tools say about themselves, without any siagad.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

setup() {
    begin bekasi
}

VERBS=(backup export emergency complaint report import show list watch move reclass ack assign forward refuse reject start wait resume resolve
    reopen close cancel merge support milestone note rate retarget appeal due instruct dead route status check digest bench person erase hold retention release correct withdraw head)
KEYED=(cert config roles verify outbox flush top completion errors cheat) # their examples run in 30-keys, 31-chain, 40-outbox and 70-top: they need no siagad, a terminal, or have two faces

@test "every verb has help in both languages: usage, examples, exit codes" {
    for verb in "${VERBS[@]}" "${KEYED[@]}"; do
        gives 0 "$verb" --help
        has "$output" "Pakai: siaga $verb" Contoh: "  siaga $verb " 'Kode keluar:' '--server=' '--lang='
        same "$stderr" ''
        gives 0 --lang en "$verb" --help
        has "$output" "Usage: siaga $verb" Examples: "  siaga $verb " 'Exit codes:'
        has_not "$output" Contoh Pakai
        gives 0 help "$verb"
        has "$output" "Pakai: siaga $verb"
        gives 0 "$verb" -h
    done
}

@test "every example in the help is understood" {
    # each is run where no siagad is; what is wrong with its words would be 64
    printf 'judul,uraian,category\nPompa,jalan,flood.pump\n' > laporan.csv
    printf '{"ref":"1","title":"Api","mulai":"2026-01-02T03:04:05Z","selesai":"2026-01-02T05:00:00Z"}\n' > kejadian.jsonl
    touch kategori.tsv surat.txt
    local example code want
    for verb in "${VERBS[@]}"; do
        want=69
        [ "$verb" != check ] || want=2 # a monitoring system has codes of its own
        while IFS= read -r example; do
            example=${example%% |*}
            example=${example%% > *}
            code=0
            bash -c "siaga() { timeout $PATIENCE_S '$BUILD/siaga' \"\$@\" --timeout 0.2; }; $example" > /dev/null 2> said < /dev/null || code=$?
            [ "$code" -eq $want ] || fail "$example: $code $(cat said)"
        done < <("$BUILD/siaga" "$verb" --help | grep "^  siaga $verb ")
    done
}

@test "siaga alone: the verbs of a newcomer; siaga help: all" {
    gives 0
    has "$output" 'Pakai: siaga' report emergency complaint list watch show "'siaga help'"
    has_not "$output" bench
    gives 0 help
    has "$output" "${VERBS[@]}" "${KEYED[@]}"
    gives 0 --lang en --help
    has "$output" 'Usage: siaga VERB' 'Sends an emergency'
}

@test "an unknown verb: 64, with the nearest" {
    gives 64 reprot 'x'
    has "$stderr" "perintah 'reprot' tidak dikenal; maksudnya 'siaga report'?"
    gives 64 --lang en emergensi
    has "$stderr" "did you mean 'siaga emergency'?"
    gives 64 help lst
    has "$stderr" "'siaga list'"
    gives 64 xyzzy
    has "$stderr" "'siaga help'"
    same "$output" ''
}

@test "an unknown option: 64, with the nearest, and never by its beginning alone" {
    gives 64 list --sinc kemarin
    has "$stderr" 'pilihan --sinc tidak dikenal; maksudnya --since?'
    gives 64 --lang en list --quxquux
    has "$stderr" "unknown option --quxquux; see 'siaga list --help'"
    gives 64 list -z
    gives 64 list --since
    has "$stderr" '--since butuh WAKTU'
    gives 64 list --count=3
    gives 64 list extra
    gives 64 list -o xml
    gives 64 list --timeout nanti
    gives 64 list --lang xx
    gives 64 list --server nowhere
}

@test "the version, of both programs" {
    gives 0 --version
    like "$output" '^siaga [0-9]+\.[0-9]+\.[0-9]+$'
    gives 0 list --version
    like "$output" '^siaga [0-9]'
    run --separate-stderr siagad --version
    same "$status" 0
    like "$output" '^siagad [0-9]+\.[0-9]+\.[0-9]+$'
    run --separate-stderr siagad --help
    same "$status" 0
    has "$output" --check-config Examples: 'Exit codes'
}

@test "a link named siaga-VERB is that verb" {
    ln -s "$BUILD/siaga" siaga-report
    run --separate-stderr in_time ./siaga-report --help
    same "$status" 0
    has "$output" 'Pakai: siaga report'
    ln -s "$BUILD/siaga" siaga-nosuch
    run --separate-stderr in_time ./siaga-nosuch
    same "$status" 64
}

@test "the language is siaga's own: no locale of the machine changes it, nor is one needed" {
    local locale
    for locale in C POSIX C.UTF-8 en_US.UTF-8 nosuch; do
        LC_ALL=$locale LANG=$locale LANGUAGE=en gives 0 status --help
        has "$output" 'Pakai: siaga status'
        LC_ALL=$locale LANG=$locale LANGUAGE=id gives 0 --lang en status --help
        has "$output" 'Usage: siaga status'
    done
}

@test "the catalogue lies beside the program or in share/locale; without it siaga speaks English" {
    mkdir -p alone prefix/bin prefix/share
    cp "$BUILD/siaga" alone/siaga
    run --separate-stderr in_time alone/siaga reprot
    same "$status" 64
    has "$stderr" "unknown verb 'reprot'; did you mean 'siaga report'?"
    cp "$BUILD/siaga" prefix/bin/siaga
    cp -r "$BUILD/locale" prefix/share/locale
    run --separate-stderr in_time prefix/bin/siaga reprot
    same "$status" 64
    has "$stderr" "perintah 'reprot' tidak dikenal"
}

@test "bad settings in the environment: 78, and what is wrong" {
    SIAGA_LANG=de gives 78 list
    has "$stderr" "'de'"
    SIAGA_TZ=Mars gives 78 list
    has "$stderr" "'Mars'" WIB
    SIAGA_SOURCE=A_b gives 78 list
    has "$stderr" "'A_b'" 'a-z 0-9 -'
    SIAGA_LANG=en gives 69 list --timeout 0.2
    has "$stderr" 'is siagad running?'
}
