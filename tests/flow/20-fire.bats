#!/usr/bin/env bats
# Emergencies from the call to the end: the scenes of the mission that begin with a call to 112.
# shellcheck disable=SC2016,SC2034,SC2154,SC2209 # jq has variables too; the fixture reads CLOCK; run sets status, output, stderr
load fixture

setup() { begin bekasi; }

as() { # SOURCE VERB ARGS...: siaga as somebody else
    local -x SIAGA_SOURCE=$1
    shift
    siaga "$@"
}

case_of() { siaga show "$1" -o jsonl | jq -c .case; }

@test "scene 1: fire in Jatiasih at 02:10, seven callers, one incident" {
    local first rest=() ticket n seen=$DIR/walikota
    quiet_city
    clock_is '2026-11-24 02:10:00'
    SIAGA_SOURCE=walikota away "$seen" watch -o jsonl
    until_true watching 1

    first=$(siaga emergency 'Rumah terbakar, api besar' --category fire.electrical --kecamatan jatiasih --address 'Jl. Wibawa Mukti 2' -o jsonl | jq -r .ticket)
    for n in 2 3 4 5 6 7; do
        ticket=$(siaga emergency "Kebakaran, penelepon ke-$n" --category fire.electrical --kecamatan jatiasih -o jsonl | jq -r .ticket)
        rest+=("$ticket")
    done
    gives 0 merge "${rest[@]}" --into "$first"
    gives 0 list --kind emergency --count
    same "$output" 7
    gives 0 list --open --kind emergency --count
    same "$output" 1

    # Damkar has it within twenty seconds; its desk prints it, a person acknowledges
    clock_is '2026-11-24 02:10:20'
    SIAGA_SOURCE=desk-disdamkarmat gives 0 handle disdamkarmat --count 1 --print
    has "$output" "$first" 'Rumah terbakar'
    SIAGA_SOURCE=desk-disdamkarmat gives 0 ack "$first"
    SIAGA_SOURCE=desk-disdamkarmat gives 0 start "$first"
    SIAGA_SOURCE=desk-disdamkarmat gives 0 milestone "$first" dispatched

    # PLN cuts the power and answers; the other parts end too
    gives 0 ack "$first" --task ext-pln
    gives 0 start "$first" --task ext-pln
    gives 0 resolve "$first" --task ext-pln --outcome referred -m 'PLN: aliran dipadamkan 02.19'

    # on scene after 14 minutes and 40 seconds: within the standard of 15
    clock_is '2026-11-24 02:26:00'
    SIAGA_SOURCE=desk-disdamkarmat gives 0 milestone "$first" on_scene --at '2026-11-24 02:24:40'
    SIAGA_SOURCE=desk-disdamkarmat gives 0 milestone "$first" contained
    SIAGA_SOURCE=desk-disdamkarmat gives 0 resolve "$first" --outcome made_safe -m 'api padam'
    same "$(case_of "$first" | jq -r .state)" in_progress # others still work on it
    for n in dinkes ext-polres; do gives 0 cancel "$first" --task "$n" --reason 'tidak dibutuhkan'; done

    run -0 case_of "$first"
    same "$(field state)" resolved
    [ "$(field response_s)" -gt $((14 * 60)) ] && [ "$(field response_s)" -le $((14 * 60 + 40)) ]
    same "$(field in_target)" true
    gives 0 show "${rest[0]}" -o jsonl
    same "$(field incident.ticket)" "$first"
    same "$(field incident.outcome)" made_safe
    gives 0 show "$first" -o jsonl
    same "$(field 'reports | length')" 6

    # the leader's screen had every step, through two restarts
    until_true grep -q '"do":"cancel"' "$seen"
    run -0 jq -sr --arg t "$first" '[.[] | select(.ticket == $t and .entry != "alarm") | (.do // .act // .entry)] | join(" ")' "$seen"
    same "$output" 'event take done ack start milestone ack start resolve milestone milestone resolve cancel cancel'
}

@test "scene 7: two hundred prank and silent calls around one real cry for help: one dispatch, 201 counted" {
    local n calls=$DIR/calls.jsonl real
    quiet_city
    daemon_start
    for n in $(seq 1 100); do
        printf '{"kind":"emergency","key":"iseng-%s","title":"iseng","call_class":"prank"}\n' "$n"
        printf '{"kind":"emergency","key":"senyap-%s","title":"senyap","call_class":"ghost"}\n' "$n"
        [ "$n" -ne 50 ] || printf '{"kind":"emergency","key":"tolong","title":"Tolong, ayah tidak bernapas","category":"medical.emergency","kecamatan":"rawalumbu"}\n'
    done > "$calls"
    gives 0 import "$calls"
    gives 0 list --kind emergency --count
    same "$output" 201
    gives 0 list --open -o jsonl
    same "$(lines "$output")" 1
    real=$(field ticket)
    has "$output" 'Tolong, ayah tidak bernapas'
    # what was dispatched, to all desks that there are
    gives 0 watch --from 1 --count 201 -o jsonl
    same "$(jq -r 'select(.state != "closed") | .ticket' <<< "$output")" "$real"
    same "$(jq -r 'select(.state == "closed") | .owner' <<< "$output" | sort -u)" poc-112
}

@test "scene 13: nobody at the desk of PSC at night: the POC sees it at once, the ladder climbs, a restart skips no step" {
    local ticket alarms=$DIR/alarms
    clock_goes '2026-11-24 02:00:00'
    away "$alarms" watch -o jsonl
    until_true watching 1
    ticket=$(siaga emergency 'Sesak napas berat' --category medical.emergency --kecamatan pondok-gede -o jsonl | jq -r .ticket)
    minutes_until 1 grep -q '"alarm":"silent"' "$alarms"
    same "$(jq -r 'select(.alarm == "silent") | .task' "$alarms" | head -n 1)" "$(siaga show "$ticket" -o jsonl | jq -r .case.owner)"
    minutes_until 1 grep -q '"level":"section_head"' "$alarms"
    daemon_kill

    # an hour back, and ten years: what is due comes later, nothing comes twice
    clock_is '2026-11-24 01:00:00'
    clock_is '2016-11-24 01:00:00'
    clock_goes '2026-11-24 02:05:00'
    minutes_until 5 grep -q '"level":"mayor"' "$alarms"
    run -0 jq -sr '[.[] | select(.alarm == "unacknowledged") | select(.task == .owner) | .level] | join(" ")' "$alarms"
    same "$output" 'operator section_head skpd_head secretary mayor'

    # a person has it: nobody is told any more
    gives 0 ack "$ticket"
    same "$(case_of "$ticket" | jq -r .level)" mayor
    gives 0 watch --from 1 --count "$(siaga status -o jsonl | jq .head)" -o jsonl
    same "$(jq -s '[.[] | select(.alarm == "silent")] | group_by(.task) | map(length) | max' <<< "$output")" 1
}

@test "scene 11: a drill while it burns: marked everywhere, told to nobody above the POC, overtaken by the real call" {
    local drill real out=$DIR/desk public=$DIR/public levels
    quiet_city
    clock_goes '2026-11-24 09:00:00'
    drill=$(as drill-1 emergency 'Latihan: gudang terbakar' --category fire.building --kecamatan rawalumbu --mode exercise -o jsonl | jq -r .ticket)
    real=$(siaga emergency 'Gudang terbakar' --category fire.building --kecamatan rawalumbu -o jsonl | jq -r .ticket)
    # shellcheck disable=SC2016 # for the command
    SIAGA_SOURCE=desk-disdamkarmat gives 0 handle disdamkarmat --count 2 -- sh -c 'echo "$SIAGA_TICKET $SIAGA_MODE"'
    same "$output" "$real actual"$'\n'"$drill exercise"
    SIAGA_SOURCE=drill-1 gives 65 emergency 'lupa tanda' --category fire.building
    has "$stderr" E_MODE
    gives 65 merge "$drill" --into "$real"
    has "$stderr" E_MODE
    gives 0 list --kind emergency
    has "$output" '[latihan]'
    same "$(siaga status -o jsonl | jq .open)" 1 # the drill is no figure
    SIAGA_SOURCE=media-1 gives 1 list
    SIAGA_SOURCE=drill-1 gives 65 ack "$real"
    has "$stderr" E_MODE

    # nobody acknowledges either of them; after half an hour the public hears of the real one
    away "$out" watch --from 1 -o jsonl
    SIAGA_SOURCE=media-1 away "$public" watch --from 1 -o jsonl
    minutes_until 5 grep -q '"level":"mayor"' "$out"
    minutes_until 5 grep -q "$real" "$public"
    has_not "$(cat "$public")" "$drill"
    levels=$(jq -sr --arg t "$drill" '[.[] | select(.ticket == $t and .alarm == "unacknowledged") | .level] | unique | join(" ")' "$out")
    same "$levels" operator
}

@test "the clock jumps under a running siagad: an hour on, two back, ten years back; every step once, in order" {
    local first second alarms=$DIR/alarms
    quiet_city
    echo '+0' > "$DIR/clock"
    CLOCK=file
    daemon_start
    away "$alarms" watch -o jsonl
    until_true watching 1
    first=$(siaga emergency 'Sarang tawon di sekolah' --category wasp_nest --kecamatan rawalumbu -o jsonl | jq -r .ticket)
    echo '+1h' > "$DIR/clock" # all of it is due now
    until_true heard "$alarms" "$first" mayor
    second=$(siaga emergency 'Sarang tawon di pasar' --category wasp_nest --kecamatan rawalumbu -o jsonl | jq -r .ticket)
    echo '-1h' > "$DIR/clock"
    gives 0 list
    echo '-10y' > "$DIR/clock"
    gives 0 list
    echo '+3h' > "$DIR/clock"
    until_true heard "$alarms" "$second" mayor
    for ticket in "$first" "$second"; do
        run -0 jq -sr --arg t "$ticket" '[.[] | select(.ticket == $t and .alarm == "unacknowledged") | .level] | join(" ")' "$alarms"
        same "$output" 'operator section_head skpd_head secretary mayor'
    done
    run -0 jq -s '[.[].at] as $at | $at == ($at | sort)' "$alarms"
    same "$output" true
}

heard() { jq -e -s --arg t "$2" --arg l "$3" 'any(.[]; .ticket == $t and .level == $l)' "$1" > /dev/null; }
