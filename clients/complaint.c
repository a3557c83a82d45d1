/* siaga complaint: what the public asks for or is unhappy with. */
#include "send.h"

static const struct send what = {
    .kind = "complaint",
    .args = N_("[OPTIONS] TITLE ..."),
    .args_min = 1,
    .examples =
        {
            "siaga complaint 'Jalan berlubang depan SDN 3' --category road.pothole "
            "--kecamatan 'Bekasi Timur'",
            "siaga complaint 'Izin belum terbit' --category permit.delay --visibility anonymous "
            "--body - < surat.txt",
        },
};

static int run(struct tool *t, int argc, char **argv)
{
    return send_run(t, &what, argc, argv);
}

const struct verb complaint_verb = {
    "complaint",
    N_("Sends a complaint of the public; done when siagad has it on the disk."),
    run,
};
