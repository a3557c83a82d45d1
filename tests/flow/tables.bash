# shellcheck shell=bash
# What the tables look like on a screen: docs/screens/tables-*.txt, made by screens.sh and held by 17-tables.bats.
# Loaded behind fixture.bash. All of it happens at one moment of one day, so that it is the same each time.
#
# shellcheck disable=SC2154 # the fixture's

tables_begin() { # a desk on a Tuesday morning
    # shellcheck disable=SC2034 # the fixture's: siagad's clock stands still
    CLOCK='file'
    echo '2026-11-24 07:31:00' > "$DIR/clock"
    daemon_start
    local fire
    fire=$(at_tables siaga emergency 'Kebakaran ruko Jl. Juanda' --category fire.building --kecamatan bekasi-timur --severity extreme --key api -o plain | cut -f 1)
    at_tables siaga complaint 'Jalan berlubang di depan SDN Jatiasih III, sudah dua sepeda motor jatuh' --category road.pothole --kecamatan jatiasih --key lubang > /dev/null
    at_tables siaga report 'Pompa Polder Café 5 kembali jalan' --category flood.pump --kecamatan bekasi-timur --mode exercise --key pompa > /dev/null
    at_tables siaga emergency 'Sarang tawon di sekolah' --category wasp_nest --kecamatan mustikajaya --severity minor --key tawon > /dev/null
    at_tables siaga ack "$fire" -m 'regu 2 berangkat' > /dev/null
    FIRE=$fire
}

at_tables() { # COMMAND...
    if [ "$1" = siaga ]; then
        shift
        at_time '2026-11-24 07:40:00' "$BUILD/siaga" "$@"
    else
        at_time '2026-11-24 07:40:00' "$@"
    fi
}

tables() { # WIDTH LANGUAGE: to stdout, each behind its command
    local line
    for line in 'list' 'list open skpd=disdamkarmat --fields ticket,severity,ack_due,helpers' "show $FIRE" 'due --within 2d' 'status' 'roles media'; do
        printf '$ siaga %s\n' "$line"
        at_tables env TERM=xterm NO_COLOR=1 SIAGA_PAGER='' SIAGA_LANG="$2" \
            script -qec "stty cols $1; '$BUILD/siaga' $line" /dev/null < /dev/null 2>&1 | tr -d '\r' | sed -e 's/ *$//' -e "s|$DIR|/srv/siaga|g" -e 's/[0-9.,]* KiB/... KiB/'
        echo
    done
}
