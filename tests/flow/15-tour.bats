#!/usr/bin/env bats
# The tour of the README, line by line as it stands there, and its three scripts. What a line prints must be what the README shows below it, but for
# tickets, times and days; a line with "Ctrl-C" goes on until it has shown that, and is then interrupted.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

setup() {
    begin bekasi # the folder and an empty environment; the city comes from siaga init
    unset SIAGA_SERVER SIAGA_SOURCE
    rm -rf "$CITY"
    ln -s "$BUILD" build # the folder looks like the tree
    ln -s "$ROOT/examples" "$ROOT/python" .
    export PYTHONPATH=python PYTHONDONTWRITEBYTECODE=1
}

tour() { # the lines of the section, commands and what they print
    sed -n '/^## Five minutes$/,/^## /p' "$ROOT/README.md" | awk '/^```/{inside = !inside; next} inside'
}

rough() { # what differs from one day to the next, made the same; also the width of columns
    sed -E -e 's/[ECR]-[0-9]{6}-[0-9]{4}-./TICKET/g' -e 's/[0-9]{2}:[0-9]{2} WIB/TIME/g' -e 's/ +/ /g' -e 's/ $//'
}

# A script that does the tour: each line in the same shell, its answer in a file of its own. Who reads the ticket reads it from the answer.
# shellcheck disable=SC2016 # said by that script
script() {
    local line n=0
    echo 'set -m; trap "kill %1 2> /dev/null; wait" EXIT'
    while IFS= read -r line; do
        case $line in
        '$ '*'# Ctrl-C'*)
            n=$((n + 1))
            printf '%s > answer.%d & LAST=$!\n' "${line#\$ }" $n | sed 's/    # Ctrl-C ends it\(.*\)/\1/'
            printf 'until [ -s answer.%d ] || ! kill -0 $LAST; do sleep 0.05; done; kill -INT $LAST; wait $LAST; [ $? -eq 130 ] || { echo "not interrupted: %d"; exit 1; }\n' $n $n
            ;;
        '$ siagad '*' &') # who types waits until siagad says it listens
            printf '%s\nuntil grep -q "listening on" kota/siagad.log; do sleep 0.05; done\n' "${line#\$ }"
            ;;
        '$ kill %1') echo 'kill %1' ;;
        '$ '*)
            n=$((n + 1))
            printf '%s > answer.%d || { echo "exit $?: %s"; exit 1; }\n' "${line#\$ }" $n "${line//\'/}"
            [[ $line != *' emergency '* ]] || printf 'read -r TICKET _ < answer.%d\n' $n
            ;;
        *) printf '%s\n' "$line" >> wanted.$n ;;
        esac
    done | sed -E "s/ E-[0-9]{6}-[0-9]{4}-./ \"\$TICKET\"/g"
}

@test "the tour of the README, line by line" {
    local answer n=0
    tour > lines
    [ "$(grep -c '^\$ ' lines)" -ge 11 ] || fail "$(cat lines)"
    script < lines > script.sh
    timeout --kill-after=5 "$LIFE_S" bash script.sh > said 2>&1 < /dev/null || fail "$(cat said script.sh)"
    for answer in wanted.*; do
        same "$(rough < "answer.${answer#*.}")" "$(rough < "$answer")"
        n=$((n + 1))
    done
    [ "$n" -ge 4 ]
    has "$(cat said)" 'continue with --from'
    has "$(cat answer.2)" 'siaga show TICKET'
    has "$(cat kota/siagad.log)" 'stopped at entry'
    no_report
}

@test "the README shows the scripts as they are" {
    local name
    for name in sensor.sh follow.py crontab; do
        has "$(cat "$ROOT/README.md")" "$(cat "$ROOT/examples/$name")"
    done
}

# ---- the scripts, with a city of siaga init

city() { # siagad is not started yet
    export PATH=$BUILD:$PATH
    siaga init > /dev/null
    export SIAGA_CONFIG=$DIR/kota/client.yaml SIAGA_LANG=en
    CITY=$DIR/kota
}

@test "examples/sensor.sh: siagad away, the same again until it is there; one report; what is wrong is not repeated" {
    city
    PAUSES="0.1 0.1" run --separate-stderr in_time examples/sensor.sh 180
    same "$status" 75
    has "$stderr" 'exit 69'
    daemon_start
    run in_time examples/sensor.sh 180
    same "$status" 0
    like "$output" '^R-[0-9]{6}-[0-9]{4}-.  received  '
    run in_time examples/sensor.sh 20
    same "$status$output" 0
    # the same reading again is the same report; the other minute is another one
    sed 's/^key=.*/key=pompa-3-tetap/' examples/sensor.sh > tetap.sh
    in_time sh tetap.sh 190 > first
    in_time sh tetap.sh 190 > second
    same "$(cut -c -15 first)" "$(cut -c -15 second)"
    has "$(cat second)" 'already there'
    sed -e 's/flood.pump/no.such/' -e 's/pompa-3/pompa-4/' examples/sensor.sh > salah.sh
    PAUSES="99 99" run --separate-stderr in_time sh salah.sh 180
    same "$status" 65
    has "$stderr" E_CATEGORY
}

follows() { # PATTERN: follow.py until it has printed this; interrupted then
    timeout --kill-after=5 -s INT "$LIFE_S" /usr/bin/python3 examples/follow.py place > said 2> said.err < /dev/null 3>&- &
    local runner=$!
    until_true grep -q "$1" said
    kill -INT "$(child_of "$runner" | cut -d ' ' -f 1)"
    wait "$runner" || true
}

@test "examples/follow.py: sends once, follows, and goes on where it was" {
    city
    in_time /usr/bin/python3 examples/follow.py place 2> said.err || same "$?" 69
    has "$(cat said.err)" 'check the address'
    daemon_start
    follows '^1 '
    like "$(head -n 1 said)" '^E-[0-9]{6}-0001-. is with bpbd$'
    siaga ack "$(cut -d ' ' -f 1 said | head -n 1)" > /dev/null
    follows ' move acknowledged$'
    siaga emergency 'Api' --category fire.building --severity severe > /dev/null
    follows '^[0-9]* E-[0-9]*-0002-. event'
    [ "$(grep -c -- '-0001-. event' said)" -eq 0 ] || fail "told again: $(cat said)"
    same "$(siaga list --count key=poc-1/pohon-1)" 1
}

@test "examples/crontab: five fields and a command that works as cron runs it" {
    local line fields=0
    city
    daemon_start
    while IFS= read -r line; do
        case $line in
        '#'*) ;;
        [A-Z]*=*) [[ $line == *_LANG=* ]] || line="SIAGA_CONFIG=$SIAGA_CONFIG"; printf 'export %s\n' "$line" >> environment ;;
        *)
            like "$line" '^([0-9*/,-]+ +){5}siaga '
            fields=$((fields + 1))
            # as cron does: % must be escaped, sh, next to nothing in the environment
            # shellcheck disable=SC2016 # said by sed
            printf '%s\n' "$line" | sed -E -e 's/^([^ ]+ +){5}//' -e 's/\\%/%/g' > line.sh
            [[ ! $line =~ [^\\]% ]] || fail "% is a line break to cron: $line"
            env -i HOME="$DIR" PATH="$PATH" ASAN_OPTIONS="$ASAN_OPTIONS" UBSAN_OPTIONS="$UBSAN_OPTIONS" \
                timeout "$PATIENCE_S" sh -c '. ./environment; . ./line.sh' > said 2>&1 || fail "$line: $(cat said)"
            ;;
        esac
    done < examples/crontab
    same "$fields" 2
    has "$(cat report-*.txt)" 'Daily report of'
    has "$(cat said)" 'nothing waits'
}
