#!/usr/bin/env bats
# A drill is marked everywhere, and a training desk can send nothing else.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture

@test "--mode exercise is shown in list, show and the feed, in both languages" {
    local ticket
    ticket=$(emergency --mode exercise)
    gives 0 list
    has "$output" "[latihan] Kebakaran"
    gives 0 --lang en list
    has "$output" "[exercise] Kebakaran"
    gives 0 show "$ticket"
    has "$output" "[latihan] Kebakaran"
    gives 0 watch --from 1 --count 1 -o table
    has "$output" '[latihan]'
    gives 0 list -o jsonl
    same "$(field mode)" exercise
    gives 0 emergency 'Sungguh' --category fire.building
    gives 0 list -n 1
    has_not "$output" latihan
}

@test "a drill source without the mark is refused, an emergency too" {
    SIAGA_SOURCE=drill-1 gives 65 emergency 'Latihan' --category fire.building
    has "$stderr" E_MODE exercise
    SIAGA_SOURCE=drill-1 gives 65 --lang en report 'Latihan' --category flood.pump --mode test
    has "$stderr" E_MODE 'mode: '
    same "$(total)" 0
    SIAGA_SOURCE=drill-1 gives 0 emergency 'Latihan' --category fire.building --mode latihan
    same "$(total)" 1
}
