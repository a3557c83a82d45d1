/* answer: what a siagad, or who says it is one, sends to libsiaga: parsed into a document, told as
 * JSON that another reader takes, and made safe for a terminal. */
#include <stdlib.h>
#include <string.h>

#include "clients/lib/utf8.h"
#include "fuzz.h"
#include "proto/frame.h"
#include "siaga.h"
#include "tests/unit/pack_json.h"

static char *told(const siaga_doc *d, void (*tell)(const siaga_doc *, FILE *))
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    if (out == NULL)
        abort();
    tell(d, out);
    fclose(out);
    fuzz_must(strlen(text) == n, "JSON has no zero byte");
    return text;
}

static void check_json(const siaga_doc *d)
{
    char *line = told(d, siaga_doc_json), *pretty = told(d, siaga_doc_pretty);
    json_error_t error;
    size_t how = JSON_ALLOW_NUL | JSON_DECODE_ANY;
    json_t *a = json_loads(line, how, &error), *b = json_loads(pretty, how, &error);
    fuzz_must(strchr(line, '\n') == NULL, "a document is one line");
    enum json_error_code why = json_error_code(&error);
    /* right in JSON, but jansson has no room for it: numbers from 2^63 on, a zero byte in a name */
    bool beyond = why == json_error_numeric_overflow || why == json_error_null_byte_in_key;
    fuzz_must(a != NULL ? json_equal(a, b) : beyond, "a JSON reader takes both forms as one");
    json_decref(a);
    json_decref(b);
    free(line);
    free(pretty);
}

static bool hidden(const char *text)
{
    const uint8_t *p = (const uint8_t *)text, *end = p + strlen(text);
    while (p < end) {
        uint32_t c;
        p += utf8_next(p, end, &c);
        if (c == UTF8_BAD || utf8_hidden(c))
            return true;
    }
    return false;
}

static void check_node(const siaga_doc *d, unsigned depth)
{
    char clean[64];
    siaga_type type = siaga_doc_type(d);
    /* what stands in the eighth container is the ninth */
    fuzz_must(type != SIAGA_NONE && depth <= 9, "every node has a type and a place");
    fuzz_must(!hidden(siaga_clean(siaga_doc_text(d), clean, sizeof clean)),
              "a cleaned text is safe for a terminal");
    siaga_doc_int(d, 0);
    siaga_doc_double(d, 0);
    siaga_doc_time(d);
    if (type != SIAGA_MAP && type != SIAGA_ARRAY)
        return;
    for (size_t i = 0; i < siaga_doc_size(d); i++) {
        const siaga_doc *child = siaga_doc_at(d, i);
        const char *name = siaga_doc_name(d, i);
        siaga_doc_get(d, name);
        check_node(child, depth + 1);
    }
}

static void check_refusal(const siaga_doc *d)
{
    siaga_error err;
    int code = siaga_refusal_error(d, &err);
    fuzz_must(code == err.code && code != 0, "a refusal is an error");
    fuzz_must(!hidden(err.text_id) && !hidden(err.text_en) && !hidden(err.where),
              "an error is safe for a terminal");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    siaga_doc *d = siaga_doc_parse(data, fuzz_told(n));
    if (d == NULL)
        return 0;
    siaga_doc *copy = siaga_doc_copy(d);
    check_node(d, 1);
    check_json(d);
    check_refusal(d);
    siaga_doc_free(d);
    check_node(copy, 1); /* it stands alone */
    siaga_doc_free(copy);
    return 0;
}

struct giving {
    fuzz_give_fn *give;
    void *self;
};

/* An answer has no first byte that chooses. */
static void strip(void *self, const void *bytes, size_t n)
{
    const struct giving *to = self;
    to->give(to->self, (const uint8_t *)bytes + 1, n - 1);
}

static void seeds(fuzz_give_fn *give, void *self)
{
    static const char *const texts[] = {
        "{'results':[{'ticket':'E-261124-0042-K','seq':42,'owner':'damkar','helpers':['dinkes'],"
        "'state':'assigned','received_at':'2026-11-24T03:05:06.123456Z','flags':[],"
        "'duplicate':false}]}",
        "{'code':'E_FIELD','hint':{'id':'periksa','en':'check'},'faults':[{'code':'E_LIMIT',"
        "'field':'title','limit':120,'seen':'x\\u001b','hint':{'id':'a','en':'b'}}],'wait_s':3,"
        "'nearest':['fire.building'],'allowed':['ack'],'version':3,'now':'2026-11-24T03:05:06Z'}",
        "{'rows':[{'seq':1,'lat':-6.2384,'x':[1.5,-1,null,true,[[]],{}]}],'next':2,'head':2}"};
    struct giving to = {give, self};
    fuzz_give_files(strip, &to, 0, "proto/vectors/*.msgpack");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        uint8_t body[4096];
        give(self, body, pack_json_text(texts[i], body, sizeof body));
    }
}

const struct fuzz_target fuzz_target = {"answer", 1u << 17, 10000, seeds};
