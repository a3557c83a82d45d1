/* beside: what the journal keeps outside the store, and who the store is. All of it outlives the
 * journal. */
#ifndef SIAGA_JOURNAL_BESIDE_H
#define SIAGA_JOURNAL_BESIDE_H

#include "daemon/persons/erasures.h"
#include "identity.h"
#include "numbers.h"

struct journal_beside {
    struct erasures *erasures; /* NULL: none are kept */
    struct numbers *numbers;   /* NULL: how far it came is not remembered */
    struct identity *identity; /* with numbers */
};

#endif
