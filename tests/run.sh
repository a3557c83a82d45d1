#!/bin/bash
# Builds both trees, runs every suite, adds everything up: the last line is "N passed, N failed".
#
#   tests/run.sh [SUITE|FILE...]     from the root of the tree; `make check` calls it
#
# A suite is a folder here, and what lies in it says how it is run:
#   test_*.c, model_*.c, replay_*.c: a cmocka program     *.bats: bats
#   test_*.py   pytest                  rule_*.py, boot_*.sh   a program that speaks TAP
# Each file is a job; SIAGA_JOBS of them run side by side (twice as many as there are processors: most of them wait).
# A file with a line "alone: WHY" near its head measures, and runs by itself when the others are done.
# SIAGA_BUILD names the built tree for all of them. What a job printed stays in build/logs/. One
# that ends without its summary, hangs, or leaves a report of a sanitizer counts as a failure.
set -u

suites=(rules unit model fuzz proto flow crash faults boot)
declare -A tree=([rules]=plain [unit]=san [model]=san [fuzz]=san [proto]=san [flow]=san [crash]=san [faults]=plain [boot]=plain) # boot: make soak alone
declare -A runs=() failed_of=() skipped_of=() passed_of=() seconds_of=()
longest_s=${SIAGA_LONGEST_S:-600} # for one job
slots=${SIAGA_JOBS:-$((2 * $(nproc)))}

out=${SIAGA_OUT:-$PWD/build}
logs=$out/logs
read -ra make <<< "${MAKE:-make}"
passed=0 failed=0 skipped=0

# Nobody's own settings, home or language reach a test; but how long and how the crash tests kill may be said,
# and where the incidents of a real centre lie.
for setting in "${!SIAGA_@}"; do
    case $setting in SIAGA_KILLS | SIAGA_SEED | SIAGA_MODEL_ROUNDS | SIAGA_MUTANTS | SIAGA_NTH | SIAGA_CC112 | SIAGA_FAULTS | SIAGA_FREEZE_S) ;; *) unset "$setting" ;; esac
done
unset PYTHONPATH PYTHONHOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 PYTHONNOUSERSITE=1 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1

rm -rf "$logs"
mkdir -p "$logs/home"
export HOME=$logs/home

build() { # build SAN GOAL...
    "${make[@]}" --no-print-directory O="$out" WERROR=1 SAN="$1" "${@:2}"
}

# ---- counting: each prints "passed failed skipped" for a log; a promised test that is missing failed

count_tap() { # LOG STATUS
    awk -v status="$2" '
        /^1\.\.[0-9]+/ { sub(/^1\.\./, ""); plan = $1 + 0; planned = 1 }
        /^not ok /     { bad++ }
        /^ok /         { if (tolower($0) ~ /# *skip/) skip++; else good++ }
        END {
            seen = good + bad + skip
            if (!planned) bad++
            else if (seen < plan) bad += plan - seen
            else if (status != 0 && bad == 0) bad++
            print good + 0, bad + 0, skip + 0
        }' "$1"
}

count_cmocka() { # LOG STATUS
    awk -v status="$2" '
        /^\[==========\] Running/ { promised += $3; groups++ }
        /^\[==========\].* run\.$/ { ended++ }
        /^\[  PASSED  \] [0-9]+ test/ { good += $4 }
        /^\[  SKIPPED \] [0-9]+ test/ { skip += $4 }
        /^\[  FAILED  \] [0-9]+ test/ { bad += $4 }
        END {
            seen = good + bad + skip
            if (groups == 0) bad++
            else if (ended < groups && seen < promised) bad += promised - seen
            else if (status != 0 && bad == 0) bad++
            print good + 0, bad + 0, skip + 0
        }' "$1"
}

count_pytest() { # XML STATUS
    [ -s "$1" ] || { echo 0 1 0; return; }
    sed -n 's/.*<testsuite [^>]*errors="\([0-9]*\)" failures="\([0-9]*\)" skipped="\([0-9]*\)" tests="\([0-9]*\)".*/\1 \2 \3 \4/p' "$1" |
        awk -v status="$2" '{
            bad = $1 + $2
            if (status != 0 && bad == 0) bad++
            print ($4 > bad + $3 ? $4 - bad - $3 : 0), bad, $3; seen = 1
        } END { if (!seen) print 0, 1, 0 }'
}

# ---- a job: one file of a suite. It leaves NAME.log, and in NAME.sum what it counted

failing() { # KIND LOG: the part of it that tells why
    case $1 in
    tap) awk '/^(not )?ok /{show = /^not /} /^(Bail|1\.\.)/{show = /^Bail/} show' "$2" ;;
    cmocka) awk '/^\[ RUN      \]/{block = ""} {block = block $0 "\n"}
                 /^\[  FAILED  \] [^0-9]/ && block {printf "%s", block; block = ""}' "$2" ;;
    pytest) sed -n '/^=* \(FAILURES\|ERRORS\) =*$/,$p' "$2" ;;
    esac | grep . || tail -n 40 "$2"
}

# Reports of sanitizers count even where the test did not see its daemon die.
sanitizer_reports() { # JOB: prints them, says how many
    local report n=0
    for report in "$logs/$1-sanitizer".*; do
        [ -e "$report" ] || continue
        n=$((n + 1))
        printf -- '---- a sanitizer reports: %s\n' "$report" >&3
        head -n 60 "$report" >&3
    done
    echo $n
}

kind_of() { # FILE
    case ${1##*/} in
    rule_*.py | boot_*.sh | *.bats) echo tap ;;
    test_*.py) echo pytest ;;
    *) echo cmocka ;;
    esac
}

limited() { # COMMAND...
    timeout --kill-after=10 "$longest_s" "$@" < /dev/null
}

start() { # FILE BUILD XML
    case ${1##*/} in
    rule_*.py) limited /usr/bin/python3 "$1" ;;
    boot_*.sh) MAKE="${make[*]}" limited bash "$1" ;;
    *.bats) limited bats --tap "$1" ;;
    test_*.py) limited /usr/bin/python3 -m pytest -q -p no:cacheprovider --rootdir="${1%/*}" --junitxml="$3" "$1" ;;
    *.c) limited "$2/${1%.c}" ;;
    esac
}

run_job() { # FILE; descriptor 3 is what people read
    local file=$1 suite job kind log status began=$SECONDS good bad skip reports
    suite=${file%/*} suite=${suite##*/}
    job=$suite-${file##*/} kind=$(kind_of "$file")
    log=$logs/${job%.*}.log
    export SIAGA_BUILD=$out SIAGA_CONTROLS=$out/controls
    [ "${tree[$suite]}" = san ] && SIAGA_BUILD=$out/asan-ubsan
    export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:log_path=$logs/$job-sanitizer
    export UBSAN_OPTIONS=print_stacktrace=1:log_path=$logs/$job-sanitizer
    start "$file" "$SIAGA_BUILD" "$logs/$job.xml" > "$log" 2>&1
    status=$?
    read -r good bad skip < <(case $kind in
        tap) count_tap "$log" $status ;;
        cmocka) count_cmocka "$log" $status ;;
        pytest) count_pytest "$logs/$job.xml" $status ;;
    esac)
    if [ "$bad" -gt 0 ]; then
        printf -- '---- %s (ended with %s; whole log: %s)\n' "$file" "$status" "$log" >&3
        failing "$kind" "$log" | head -n 150 >&3
    fi
    grep '^# report: ' "$log" >&3
    reports=$(sanitizer_reports "$job")
    echo "$suite $good $((bad + reports)) $skip $((SECONDS - began))" > "$logs/$job.sum"
}

# ---- all jobs: the longest suites first, so that short ones fill the end

jobs_of() { # SUITE or FILE
    if [ -f "$1" ]; then
        echo "$1"
    else
        find "tests/$1" -maxdepth 1 \( -name 'rule_*.py' -o -name 'boot_*.sh' -o -name 'test_*.py' -o -name '*.bats' -o -name 'test_*.c' \
            -o -name 'model_*.c' -o -name 'replay_*.c' \) | sort
    fi
}

alone() { # FILE
    head -n 20 "$1" | grep -q '^[#/ *"]*alone: '
}

side_by_side() { # FILE...
    local file running=0
    for file in "$@"; do
        if [ $running -ge "$slots" ]; then
            wait -n
            running=$((running - 1))
        fi
        run_job "$file" 3>&1 &
        running=$((running + 1))
    done
    wait
}

add_up() { # SUITE
    local sum suite good bad skip seconds
    for sum in "$logs"/*.sum; do
        read -r suite good bad skip seconds < "$sum"
        runs[$suite]=$((${runs[$suite]:-0} + 1))
        passed_of[$suite]=$((${passed_of[$suite]:-0} + good))
        failed_of[$suite]=$((${failed_of[$suite]:-0} + bad))
        skipped_of[$suite]=$((${skipped_of[$suite]:-0} + skip))
        seconds_of[$suite]=$((${seconds_of[$suite]:-0} + seconds))
    done
    for suite in "${suites[@]}"; do
        [ -n "${runs[$suite]:-}" ] || continue
        printf '%-6s %5d passed, %d failed, %d skipped  (%d files, %d s)\n' "$suite" "${passed_of[$suite]}" "${failed_of[$suite]}" \
            "${skipped_of[$suite]}" "${runs[$suite]}" "${seconds_of[$suite]}"
        passed=$((passed + passed_of[$suite])) failed=$((failed + failed_of[$suite])) skipped=$((skipped + skipped_of[$suite]))
    done
}

finish() {
    local line="$passed passed, $failed failed"
    [ $skipped -gt 0 ] && line+=", $skipped skipped"
    echo "$line"
    [ $failed -eq 0 ]
    exit
}

# ---- the work: what does not build is one failure, and nothing runs

chosen=("$@")
[ ${#chosen[@]} -gt 0 ] || chosen=(rules crash proto flow faults model unit fuzz)
for wish in "${chosen[@]}"; do
    [ -f "$wish" ] || [ -n "${tree[$wish]:-}" ] || { echo "tests/run.sh: no such suite or file: $wish (${suites[*]})" >&2; exit 64; }
done
if ! build '' all tests controls || ! build asan,ubsan all tests; then
    failed=1
    finish
fi
together=() singly=() promised=0
for wish in "${chosen[@]}"; do
    while read -r file; do
        promised=$((promised + 1))
        if alone "$file"; then singly+=("$file"); else together+=("$file"); fi
    done < <(jobs_of "$wish")
done
side_by_side "${together[@]}"
for file in "${singly[@]}"; do
    run_job "$file" 3>&1
done
add_up
[ "$(find "$logs" -name '*.sum' | wc -l)" -eq $promised ] || { echo "jobs without a result: see $logs"; failed=$((failed + 1)); }
finish
