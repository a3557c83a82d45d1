#include "identity.h"

#include <sodium.h>
#include <stdio.h>

enum {
    ID_FORMAT = 0,
    ID_BOOT = 4,
    ID_EPOCH = 8,
    ID_KEY = 12,
    ID_NODE = ID_KEY + IDENTITY_KEY_BYTES
};

static struct rowkey identity_key(void)
{
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, "identity", 8);
    return k;
}

void identity_write(struct txn *t, const struct identity *id)
{
    struct rowkey k = identity_key(), v = rowkey_new();
    rowkey_u32(&v, IDENTITY_FORMAT);
    rowkey_u32(&v, id->boot);
    rowkey_u32(&v, id->epoch);
    rowkey_bytes(&v, id->digest_key, IDENTITY_KEY_BYTES);
    rowkey_bytes(&v, id->node, (uint32_t)strlen(id->node));
    txn_put(t, TABLE_STORE, &k, v.b, v.n);
}

static int read_identity(struct slice v, const char *dir, struct identity *id, struct err *err)
{
    uint32_t format = v.n > ID_NODE ? rowkey_read_u32(v.p + ID_FORMAT) : 0;
    if (format != IDENTITY_FORMAT)
        return err_set(
            err, ERR_CONFIG,
            "%s: the store has format %u, this siagad speaks %u; use the siagad that wrote it", dir,
            format, IDENTITY_FORMAT);
    id->boot = rowkey_read_u32(v.p + ID_BOOT);
    id->epoch = rowkey_read_u32(v.p + ID_EPOCH);
    memcpy(id->digest_key, v.p + ID_KEY, IDENTITY_KEY_BYTES);
    snprintf(id->was, sizeof id->was, SLICE_FMT, (int)(v.n - ID_NODE), v.p + ID_NODE);
    return 0;
}

int identity_open(struct store *s, const char *node, struct identity *ret_identity, struct err *err)
{
    struct identity id = {.epoch = 1};
    struct rowkey k = identity_key();
    struct txn t;
    struct slice v;
    int rc = 0;
    txn_begin(&t, s, STORE_JOURNAL, true);
    if (txn_get(&t, TABLE_STORE, &k, &v))
        rc = read_identity(v, store_dir(s), &id, err);
    else
        randombytes_buf(id.digest_key, sizeof id.digest_key);
    if (rc != 0) {
        txn_abort(&t);
        return rc;
    }
    snprintf(id.node, sizeof id.node, "%s", node);
    if (strcmp(id.was, id.node) == 0)
        id.was[0] = '\0';
    id.boot++;
    identity_write(&t, &id);
    if ((rc = txn_commit(&t, err)) == 0)
        *ret_identity = id;
    return rc;
}
