#!/bin/bash
# Builds both trees, runs every suite, adds everything up: the last line is "N passed, N failed".
#
#   tests/run.sh [SUITE...]     from the root of the tree; `make check` calls it
#
# A suite is a folder here, and what lies in it says how it is run:
#   test_*.c, model_*.c, replay_*.c: a cmocka program     *.bats: bats
#   test_*.py   pytest                  rule_*.py, boot_*.sh   a program that speaks TAP
# SIAGA_BUILD names the built tree for all of them. What a suite printed stays in build/logs/. One
# that ends without its summary, hangs, or leaves a report of a sanitizer counts as a failure.
set -u

suites=(rules unit model fuzz proto flow crash faults)
declare -A tree=([rules]=plain [unit]=san [model]=san [fuzz]=san [proto]=san [flow]=san [crash]=san [faults]=plain [boot]=plain) # boot: make soak alone
longest_s=${SIAGA_LONGEST_S:-600} # for one program, or one bats or pytest run

out=${SIAGA_OUT:-$PWD/build}
logs=$out/logs
read -ra make <<< "${MAKE:-make}"
passed=0 failed=0 skipped=0

# Nobody's own settings, home or language reach a test; but how long and how the crash tests kill may be said,
# and where the incidents of a real centre lie.
for setting in "${!SIAGA_@}"; do
    case $setting in SIAGA_KILLS | SIAGA_SEED | SIAGA_MODEL_ROUNDS | SIAGA_MUTANTS | SIAGA_CC112 | SIAGA_FAULTS | SIAGA_FREEZE_S) ;; *) unset "$setting" ;; esac
done
unset PYTHONPATH PYTHONHOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 PYTHONNOUSERSITE=1 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1

rm -rf "$logs"
mkdir -p "$logs/home"
export HOME=$logs/home
reports=$logs/sanitizer
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:log_path=$reports
export UBSAN_OPTIONS=print_stacktrace=1:log_path=$reports

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

# ---- running: each keeps the log and adds to good, bad, skip

add() { # KIND LOG STATUS COUNTS...
    local kind=$1 log=$2 status=$3
    good=$((good + $4)) bad=$((bad + $5)) skip=$((skip + $6))
    [ "$5" -eq 0 ] && return
    printf -- '---- %s (ended with %s; whole log: %s)\n' "${log##*/}" "$status" "$log"
    failing "$kind" "$log" | head -n 150
}

failing() { # KIND LOG: the part of it that tells why
    case $1 in
    tap) awk '/^(not )?ok /{show = /^not /} /^(Bail|1\.\.)/{show = /^Bail/} show' "$2" ;;
    cmocka) awk '/^\[ RUN      \]/{block = ""} {block = block $0 "\n"}
                 /^\[  FAILED  \] [^0-9]/ && block {printf "%s", block; block = ""}' "$2" ;;
    pytest) sed -n '/^=* \(FAILURES\|ERRORS\) =*$/,$p' "$2" ;;
    esac | grep . || tail -n 40 "$2"
}

limited() { # LOG COMMAND...
    timeout --kill-after=10 "$longest_s" "${@:2}" > "$1" 2>&1 < /dev/null
}

# Reports of sanitizers count even where the test did not see its daemon die.
sanitizer_reports() { # NAME
    local report
    for report in "$reports".*; do
        [ -e "$report" ] || continue
        bad=$((bad + 1))
        mv "$report" "$logs/$1-${report##*/}.log"
        printf -- '---- a sanitizer reports: %s\n' "$logs/$1-${report##*/}.log"
        head -n 60 "$logs/$1-${report##*/}.log"
    done
}

run_suite() { # NAME
    local name=$1 dir=tests/$1 file log status good=0 bad=0 skip=0 began=$SECONDS
    export SIAGA_BUILD=$out SIAGA_CONTROLS=$out/controls
    [ "${tree[$name]}" = san ] && SIAGA_BUILD=$out/asan-ubsan

    shopt -s nullglob
    for file in "$dir"/rule_*.py; do
        log=$logs/$name-$(basename "$file" .py).log
        limited "$log" /usr/bin/python3 "$file"
        status=$?
        # shellcheck disable=SC2046 # three numbers
        add tap "$log" $status $(count_tap "$log" $status)
        grep '^# report: ' "$log"
    done
    for file in "$dir"/boot_*.sh; do
        log=$logs/$name-$(basename "$file" .sh).log
        MAKE="${make[*]}" limited "$log" bash "$file"
        status=$?
        # shellcheck disable=SC2046
        add tap "$log" $status $(count_tap "$log" $status)
    done
    for file in "$dir"/{test,model,replay}_*.c; do
        log=$logs/$name-$(basename "$file" .c).log
        limited "$log" "$SIAGA_BUILD/${file%.c}"
        status=$?
        # shellcheck disable=SC2046
        add cmocka "$log" $status $(count_cmocka "$log" $status)
    done
    local scenes=("$dir"/*.bats) modules=("$dir"/test_*.py)
    shopt -u nullglob
    if [ ${#scenes[@]} -gt 0 ]; then
        log=$logs/$name-bats.log
        limited "$log" bats --tap "${scenes[@]}"
        status=$?
        # shellcheck disable=SC2046
        add tap "$log" $status $(count_tap "$log" $status)
    fi
    if [ ${#modules[@]} -gt 0 ]; then
        log=$logs/$name-pytest.log
        limited "$log" /usr/bin/python3 -m pytest -q -p no:cacheprovider --rootdir="$dir" \
            --junitxml="$logs/$name-pytest.xml" "${modules[@]}"
        status=$?
        # shellcheck disable=SC2046
        add pytest "$log" $status $(count_pytest "$logs/$name-pytest.xml" $status)
        grep '^# report: ' "$log"
    fi
    sanitizer_reports "$name"

    printf '%-6s %5d passed, %d failed, %d skipped  (%d s)\n' "$name" $good $bad $skip $((SECONDS - began))
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
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
[ ${#chosen[@]} -gt 0 ] || chosen=("${suites[@]}")
for suite in "${chosen[@]}"; do
    [ -n "${tree[$suite]:-}" ] || { echo "tests/run.sh: no such suite: $suite (${suites[*]})" >&2; exit 64; }
done
if ! build '' all tests controls || ! build asan,ubsan all tests; then
    failed=1
    finish
fi
for suite in "${chosen[@]}"; do
    run_suite "$suite"
done
finish
