# shellcheck shell=bash
# A terminal of its own for `siaga top`: tmux, on a socket in the folder of the test.
# Loaded behind fixture.bash.
#
#   screen_start WIDTH HEIGHT [NAME=VALUE...] [-- ARGS...]   siaga top runs in it
#   screen                     what stands on it now
#   keys KEY...                as tmux calls them: a, Enter, Escape, Down
#   shows TEXT...              each comes to stand on it (a generous limit); hides TEXT... goes from it
#
# shellcheck disable=SC2154 # DIR, BUILD and LIFE_S are the fixture's

terminal() { tmux -S "$DIR/tmux" -f /dev/null "$@" 3>&-; }

screen_start() {
    local width=$1 height=$2 settings=()
    shift 2
    while [ $# -gt 0 ] && [ "$1" != -- ]; do settings+=("$1"); shift; done
    [ $# -eq 0 ] || shift
    rm -f "$DIR"/top.{before,code,after}
    # what the terminal was like before and is afterwards; siaga's own pid for signals
    cat > "$DIR/in-screen" << 'EOF'
stty -g > top.before
"$@" 2> top.err
echo $? > top.code
stty -g > top.after
exec cat
EOF
    unset TMUX
    terminal new-session -d -x "$width" -y "$height" \
        env "${settings[@]}" sh "$DIR/in-screen" timeout --foreground --kill-after=5 "$LIFE_S" "$BUILD/siaga" top "$@"
}

screen_stop() { # and waits until it is gone: the next one has the same socket
    local server
    server=$(terminal display-message -p '#{pid}' 2> /dev/null) || return 0
    terminal kill-server 2> /dev/null || true
    until_true gone "$server"
}

screen() { terminal capture-pane -p; }
keys() { terminal send-keys "$@"; }
top_pid() { pgrep -P "$(pgrep -P "$(terminal display-message -p '#{pane_pid}')")"; }

on_screen() { screen | grep -qF -- "$1"; }
off_screen() { ! on_screen "$1"; }

shows() {
    local text
    for text in "$@"; do
        until_true on_screen "$text" || { screen >&2; return 1; }
    done
}

hides() {
    local text
    for text in "$@"; do
        until_true off_screen "$text" || { screen >&2; return 1; }
    done
}

top_ended() { [ -s "$DIR/top.after" ]; }

# It has ended with this code, and the terminal is as it was: modes, cursor, the screen behind.
gave_back() { # CODE
    until_true top_ended
    same "$(cat "$DIR/top.code")" "$1"
    same "$(cat "$DIR/top.after")" "$(cat "$DIR/top.before")"
    same "$(terminal display-message -p '#{alternate_on} #{cursor_flag} #{keypad_cursor_flag}')" '0 1 0'
}

# What a busy desk has at one moment: every severity, some of it taken, a drill, a desk at work.
busy_desk() {
    local fire
    fire=$(emergency --severity extreme)
    wasps --severity minor > /dev/null
    complaint > /dev/null
    report > /dev/null
    siaga emergency 'Pohon tumbang menutup Jl. Ahmad Yani' --category fallen_tree --kecamatan bekasi-selatan --severity severe > /dev/null
    siaga emergency 'Banjir setinggi lutut, Perumahan Jatiasih Indah' --category flood --kecamatan jatiasih --severity unknown > /dev/null
    siaga ack "$fire" > /dev/null
}
