#include "journal.h"

static const char *const RC_NAMES[] = {"ok",   "unknown",  "busy", "full",    "no quorum",
                                       "gone", "diverged", "lost", "damaged", "broken"};

const char *journal_rc_name(enum jrc rc)
{
    return RC_NAMES[rc];
}
