/* siaga report: what field staff see and do. */
#include "send.h"

static const struct send what = {
    .kind = "report",
    .args = N_("[OPTIONS] TITLE ..."),
    .args_min = 1,
    .examples =
        {
            "siaga report 'Genangan 40 cm di Jl. Cut Meutia' --category drainage.blocked --at "
            "-6.2349,107.0008",
            "siaga report 'Pompa kembali jalan' --category flood.pump --subkind progress --ref "
            "follows:R-261124-0042-C",
        },
};

static int run(struct tool *t, int argc, char **argv)
{
    return send_run(t, &what, argc, argv);
}

const struct verb report_verb = {
    "report",
    N_("Sends a report of field staff; done when siagad has it on the disk."),
    run,
};
