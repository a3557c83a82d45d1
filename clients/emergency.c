/* siaga emergency: the 112 lane. Nothing is demanded but that it goes out. */
#include "send.h"

static const struct send what = {
    .kind = "emergency",
    .args = N_("[OPTIONS] [TITLE ...]"),
    .examples =
        {
            "siaga emergency 'Kebakaran ruko Jl. Wibawa Mukti II' --category fire.building "
            "--kecamatan jatiasih --harmed 2",
            "siaga emergency --at -6.2384,106.9756 --severity extreme --channel 112",
        },
    .exits = N_("an emergency is not refused for a wrong field: what is wrong is flagged"),
};

static int run(struct tool *t, int argc, char **argv)
{
    return send_run(t, &what, argc, argv);
}

const struct verb emergency_verb = {
    "emergency",
    N_("Sends an emergency; done when siagad has it on the disk."),
    run,
};
