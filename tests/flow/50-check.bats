#!/usr/bin/env bats
# siaga check: the codes of monitoring plug-ins, thresholds, JSON, every figure for Prometheus; and the figures of siaga status.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

CALM=() # limits that a full or busy test machine does not reach
for name in disk=100% commit-p99=60s commit-silent=60s tick-late=60s figures-age=60s; do
    CALM+=(--warn "$name" --crit "$name")
done

admin() { SIAGA_SOURCE=it-1 gives "$@"; }

unacknowledged() { [ "$(SIAGA_SOURCE=it-1 siaga status -o json 2> /dev/null | jq .figures.emergencies_unacknowledged)" = "$1" ]; }

exposition() { python3 "$ROOT/tests/flow/exposition.py" "$@"; }

@test "check: ok, warning, critical, unknown" {
    admin 0 check "${CALM[@]}"
    like "$output" '^SIAGA OK - [0-9]+ catatan, 0 kasus terbuka \| emergency-age=0s;120;300;0 '
    same "$(lines "$output")" 1
    emergency > /dev/null
    until_true unacknowledged 1
    admin 1 check "${CALM[@]}" --warn emergency-age=0
    like "$output" '^SIAGA WARNING - darurat tertua yang belum diakui [0-9.]+s \|'
    admin 2 check "${CALM[@]}" --crit emergency-age=1ms --lang en
    like "$output" '^SIAGA CRITICAL - oldest emergency nobody acknowledged [0-9.]+s \|'
    admin 2 check "${CALM[@]}" --warn emergency-age=0 --crit journal=0%
    like "$output" '^SIAGA CRITICAL - ruang jurnal [0-9.]+%, darurat tertua' # the worst first
    gives 3 check # a desk of the POC may not see figures
    has "$output" 'SIAGA UNKNOWN - '
    has "$stderr" 'angka siagad hanya untuk'
    admin 3 check "${CALM[@]}" --warn nosuch=1
    has "$stderr" "'nosuch=1'"
    admin 3 check "${CALM[@]}" --warn jurnal=80%
    has "$stderr" journal=80% || has "$stderr" journal
    admin 3 check "${CALM[@]}" --crit emergency-age=80%
    has "$stderr" "'80%'"
    admin 3 check "${CALM[@]}" -o xml
    daemon_stop
    admin 2 check "${CALM[@]}" --timeout 1
    has "$output" 'SIAGA CRITICAL - siagad tidak menjawab'
}

@test "check: a mistake in the city's files is a warning" {
    echo 'nonsense: [' >> "$CITY/city.yaml"
    kill -HUP "$DAEMON"
    until_true grep -q kind=not-reloaded "$DIR/siagad.err"
    admin 1 check "${CALM[@]}" --lang en
    has "$output" "a mistake in the city's files"
}

@test "check: as JSON" {
    admin 0 check "${CALM[@]}" -o json
    same "$(jq -r '.state, .code' <<< "$output" | tr '\n' ' ')" 'OK 0 '
    same "$(jq -r '[.checks[] | select(.state != "OK" or (.value > .warn))] | length' <<< "$output")" 0
    same "$(jq '.checks | length' <<< "$output")" "$(jq '[.checks[].name] | unique | length' <<< "$output")"
    daemon_stop
    admin 2 check "${CALM[@]}" -o json --timeout 1
    same "$(jq -c . <<< "$output")" '{"state":"CRITICAL","code":2,"checks":[]}'
}

@test "check: every figure and counter for Prometheus" {
    local n
    emergency > /dev/null
    gives 65 complaint 'Tanpa jenis' --category nosuch
    until_true unacknowledged 1
    SIAGA_SOURCE=it-1 siaga check -o prometheus > prom
    exposition 'siaga_up=1' 'siaga_emergencies_unacknowledged=1' 'siaga_emergency_oldest_seconds=>0' 'siaga_refusals_total{code="E_CATEGORY"}=1' \
        'siaga_queue_items{skpd="disdamkarmat"}=1' 'siaga_commit_seconds_count=>0' 'siaga_journal_size_bytes=67108864' < prom
    # what is in the tables is there, and nothing is forgotten
    n=$(grep -hcE '^(COUNTER|GAUGE)\(' "$ROOT/daemon/base/counters.def" "$ROOT/daemon/base/gauges.def" | jq -s add)
    same "$(grep -c '^# TYPE' prom)" $((n + 6)) # and up, info, refusals, two of queues, the histogram
    if command -v promtool > /dev/null; then promtool check metrics < prom; fi
    # controls: what the reader must find
    for broken in 's/^# HELP siaga_up .*//' 's/^# TYPE siaga_up gauge/# TYPE siaga_up counter/' 's/^siaga_up 1/siaga_up one/' \
        's/^siaga_commit_seconds_count .*/siaga_commit_seconds_count 999999/' 's/^siaga_up 1/siaga_up{a=b} 1/' '/^siaga_up 1/p'; do
        ! sed -e "$broken" prom | exposition > /dev/null || fail "not found: $broken"
    done
    daemon_stop
    SIAGA_SOURCE=it-1 run --separate-stderr siaga check -o prometheus --timeout 1
    same "$status" 2
    exposition 'siaga_up=0' <<< "$output"
}

@test "status: figures at a glance, for those who may see them" {
    emergency > /dev/null
    until_true unacknowledged 1
    admin 0 status
    like "$output" 'tulis disk +p50 [0-9]+\.[0-9] ms, p99 [0-9]+\.[0-9] ms, max '
    like "$output" 'darurat belum +1'
    like "$output" 'rantai +[0-9a-f]{64}'
    gives 0 status
    has_not "$output" 'darurat belum' rantai
}
