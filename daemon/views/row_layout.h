/* row_layout: where things stand in the fixed part of a journal row. Numbers are big endian.
 * docs/STORAGE.md shows one. */
#ifndef SIAGA_VIEWS_ROW_LAYOUT_H
#define SIAGA_VIEWS_ROW_LAYOUT_H

enum {
    ROW_CRC = 0,           /* u32 CRC32C of the seq and of the CRC32C of all that follows */
    ROW_VERSION = 4,       /* u8 */
    ROW_WHAT = 5,          /* u8 enum entry_kind */
    ROW_SHARD = 6,         /* u16, 0 */
    ROW_AT = 8,            /* i64 us UTC */
    ROW_CASE = 16,         /* u64 seq of the case's event */
    ROW_CASE_VERSION = 24, /* u32 */
    ROW_FLAGS = 28,        /* u32 */
    ROW_DAY = 32,          /* u32 local day of the ticket */
    ROW_COUNTER = 36,      /* u32 of the ticket */
    ROW_KIND = 40,
    ROW_SEVERITY = 41,
    ROW_STATE = 42,
    ROW_MODE = 43,
    ROW_CLASS = 44,
    ROW_FROM = 45, /* the state before */
    ROW_ACT = 46,  /* enum act, work_act or alarm, by ROW_WHAT */
    ROW_PART = 47, /* the part meant, its state before and after */
    ROW_PART_FROM = 48,
    ROW_PART_STATE = 49,
    ROW_NAMES_N = 50, /* six lengths: owner, kecamatan, owner before, task, helpers, reporter */
    ROW_BITS = 56,    /* enum fact_bit */
    ROW_HASH = 57,    /* 32 bytes of the chain */
    ROW_HEAD_BYTES = 89
    /* then: the six names, and three msgpack values: inner array, shown map, texts map */
};

#define ROW_NAMES 6u
/* node, boot, role, at, digest, owner, desk, flags, version, refs, visibility, public at, person,
 * parts, change */
#define ENTRY_INNER_ITEMS 15u
#define ENTRY_PART_ITEMS 8u
#define ENTRY_CHANGE_ITEMS 17u

#endif
