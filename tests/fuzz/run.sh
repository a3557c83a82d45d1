#!/bin/bash
# Plays the targets of tests/fuzz under libFuzzer, then the controls; `make fuzz` calls it from the
# root of the tree.
#
#   tests/fuzz/run.sh FOLDER [TARGET...]     FOLDER: build/fuzz, with the programs in asan-ubsan/
#
# FUZZ_S: seconds for each target (60). What they find new stays in FOLDER/corpus/TARGET, and the
# next run goes on from there; an input that breaks something is kept as FOLDER/found/TARGET-*.
# A control breaks a bound on purpose and must be found within FUZZ_CONTROL_S seconds (60).
set -u

folder=$1
shift
programs=$folder/asan-ubsan/tests/fuzz
seconds=${FUZZ_S:-60}
control_s=${FUZZ_CONTROL_S:-60}
controls=(row:row-names conf:conf-depth) # TARGET:what is broken in the code; its own name besides
bad=0

export LC_ALL=C.UTF-8 TZ=UTC
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
unset SIAGA_BREAK SIAGA_FUZZ_SEEDS

# Inputs grow slowly enough to stay fast; a second is far more than any of them needs.
common=(-timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 -use_value_profile=0)

seeds() { # TARGET DIR: writes them, prints the most bytes of an input
    mkdir -p "$2"
    SIAGA_FUZZ_SEEDS=$2 "$programs/test_$1"
}

figure() { # NAME LOG
    sed -n "s/^stat::$1: *//p" "$2" | tail -n 1
}

last_of() { # NAME LOG: "cov" or "ft" in the last line of progress
    grep -oE "(^|\s)$1: [0-9]+" "$2" | tail -n 1 | grep -oE '[0-9]+'
}

play() { # TARGET
    local target=$1 log=$folder/logs/$1.log began=$SECONDS most found status
    rm -rf "$folder/seeds/$target"
    mkdir -p "$folder/corpus/$target"
    most=$(seeds "$target" "$folder/seeds/$target") || { bad=$((bad + 1)); return; }
    "$programs/test_$target" "${common[@]}" -max_len="$most" -max_total_time="$seconds" \
        -artifact_prefix="$folder/found/$target-" "$folder/corpus/$target" "$folder/seeds/$target" \
        > "$log" 2>&1 < /dev/null
    status=$?
    printf '%-7s %10s executions in %3d s (%6s/s), coverage %5s, features %6s, %5s new inputs%s\n' \
        "$target" "$(figure number_of_executed_units "$log")" $((SECONDS - began)) \
        "$(figure average_exec_per_sec "$log")" "$(last_of cov "$log")" "$(last_of ft "$log")" \
        "$(figure new_units_added "$log")" "$([ $status -eq 0 ] || echo ': BROKEN')"
    [ $status -eq 0 ] && return
    bad=$((bad + 1))
    found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    grep -m 20 -E '^fuzz: |ERROR: |runtime error|^    #[0-9]+ ' "$log"
    printf '  the whole report: %s\n  the input:        %s\n  play it again:    %s %s\n' \
        "$log" "${found:-none was written}" "$programs/test_$target" "$found"
}

# From the seeds alone, so that each run proves it anew; single inputs of others are not needed.
control() { # TARGET BROKEN
    local log=$folder/logs/control-$2.log dir=$folder/control/$2 began=$SECONDS most
    rm -rf "$dir"
    mkdir -p "$dir/corpus"
    most=$(seeds "$1" "$dir/seeds") || { bad=$((bad + 1)); return; }
    if SIAGA_BREAK=$2 "$programs/test_$1" "${common[@]}" -max_len="$most" \
        -max_total_time="$control_s" -artifact_prefix="$dir/" "$dir/corpus" "$dir/seeds" \
        > "$log" 2>&1 < /dev/null; then
        bad=$((bad + 1))
        printf '%-7s control %-10s NOT FOUND in %d s: the target looks at nothing\n' "$1" "$2" $((SECONDS - began))
    elif grep -qE '^fuzz: |ERROR: AddressSanitizer|runtime error' "$log"; then
        printf '%-7s control %-10s found in %d s: %s\n' "$1" "$2" $((SECONDS - began)) \
            "$(grep -m 1 -oE '^fuzz: .*|AddressSanitizer: [a-z-]+|runtime error: .*' "$log")"
    else
        bad=$((bad + 1))
        printf '%-7s control %-10s ended for another reason: %s\n' "$1" "$2" "$log"
    fi
}

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for file in tests/fuzz/test_*.c; do
        file=${file##*/test_}
        targets+=("${file%.c}")
    done
fi
for target in "${targets[@]}"; do
    [ -x "$programs/test_$target" ] || { echo "tests/fuzz/run.sh: no such target: $target" >&2; exit 64; }
done

mkdir -p "$folder/logs" "$folder/found"
for target in "${targets[@]}"; do
    play "$target"
done
for target in "${targets[@]}"; do
    control "$target" "$target"
    for pair in "${controls[@]}"; do
        [ "${pair%%:*}" = "$target" ] && control "$target" "${pair#*:}"
    done
done
rm -rf "$folder/control"
if [ $bad -gt 0 ]; then
    echo "$bad of them broken; see above"
    exit 1
fi
echo "${#targets[@]} targets, nothing broken; every control was found"
