#!/usr/bin/env bats
# The tables on a screen of 80 and of 200 columns, in both languages, as docs/screens shows them.
# shellcheck disable=SC2154 # run sets status, output, stderr
load fixture
load tables

setup() {
    begin bekasi
    quiet_city
}

@test "the tables are those of docs/screens, and no line is wider than the screen" {
    tables_begin
    local width language
    for width in 80 200; do
        for language in id en; do
            tables $width $language > now
            diff -u "$ROOT/docs/screens/tables-$width-$language.txt" now || fail "$width $language: made anew by tests/flow/screens.sh"
        done
    done
    # in characters, as a screen counts them
    same "$(LC_ALL=C.UTF-8 awk 'length($0) > 80 && /^[A-Z]-/' "$ROOT"/docs/screens/tables-80-*.txt)" ''
}
