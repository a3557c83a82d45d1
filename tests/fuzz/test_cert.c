/* cert: key files, of siagad and of the tools, and the keys in them. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/server_key.h"
#include "fuzz.h"
#include "proto/cert.h"
#include "siaga.h"
#include "tests/support/folder.h"

#define PUBLIC "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID" /* of ZeroMQ's RFC 26 */
#define SECRET "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
#define OTHER "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define SEED "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define MOST 4096u /* bytes of a key file */

static char path[128];

static void drop_file(void)
{
    unlink(path);
}

/* Mode 0600, as a file with a secret has to be. */
static void write_file(const uint8_t *data, size_t n)
{
    static int fd = -1;
    if (fd < 0) {
        const char *tmp = getenv("TMPDIR");
        snprintf(path, sizeof path, "%.60s/siaga-fuzz-XXXXXX", tmp != NULL ? tmp : "/tmp");
        fd = mkstemp(path);
        atexit(drop_file);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, n, 0) != (ssize_t)n)
        abort();
}

/* libzmq decodes 40 characters of any kind; what we call valid must come back from it. */
static void check_key(const char *z85)
{
    uint8_t key[32];
    char again[CERT_KEY_BYTES];
    if (z85[0] == '\0')
        return;
    fuzz_must(cert_key_valid(z85) && siaga_key_valid(z85), "a key that was read is valid");
    fuzz_must(zmq_z85_decode(key, z85) != NULL, "a valid key can be decoded");
    fuzz_must(zmq_z85_encode(again, key, sizeof key) != NULL && strcmp(again, z85) == 0,
              "a valid key stands for one key");
}

static void check_again(const struct cert *c)
{
    struct cert again, public;
    unsigned line;
    char out[CERT_TEXT_BYTES];
    size_t n = cert_write(c, true, out);
    fuzz_must(n < sizeof out && cert_read(out, n, &again, &line) == CERT_FINE &&
                  memcmp(c, &again, sizeof again) == 0,
              "a key file is written as it was read");
    n = cert_write(c, false, out);
    fuzz_must(cert_read(out, n, &public, &line) == CERT_FINE && public.secret_key[0] == '\0' &&
                  public.sign_seed[0] == '\0',
              "the public part has no secret");
}

/* The tools and siagad, from a file: they agree with the reader, and say where a mistake is. */
static void check_files(const uint8_t *data, size_t n, enum cert_read read, const struct cert *c)
{
    siaga_cert known;
    siaga_error wrong;
    struct cert own;
    struct err err = {""};
    bool found;
    write_file(data, n);
    int code = siaga_cert_read(path, &known, &wrong);
    fuzz_must((code == 0) == (read == CERT_FINE), "the tools take what can be read");
    fuzz_must(code == 0 ? strcmp(known.public_key, c->public_key) == 0 : wrong.text_en[0] != '\0',
              "the tools have the same key, or say why not");
    code = server_key_read(path, &own, &found, &err);
    fuzz_must(found == (code == 0) && (code == 0 || err.text[0] != '\0'), "siagad says why not");
    fuzz_must(code != 0 || (read == CERT_FINE && c->sign_seed[0] != '\0'),
              "siagad takes a server's key alone");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct cert c = {.name = ""};
    unsigned line = 0;
    if (n > MOST)
        return 0;
    enum cert_read read = cert_read((const char *)data, fuzz_told(n), &c, &line);
    fuzz_must(line > 0 || n == 0, "a mistake has a line");
    if (read == CERT_FINE) {
        check_key(c.public_key);
        check_key(c.secret_key);
        check_key(c.server_key);
        check_again(&c);
    }
    check_files(data, n, read, &c);
    return 0;
}

static void seeds(fuzz_give_fn *give, void *self)
{
    static const char *const texts[] = {
        "# a comment\n\nname: poc-1\nrole: operator\nskpd: poc-112\npublic: " PUBLIC
        "\nsecret: " SECRET "\nserver: " OTHER "\n",
        "name: siagad\nrole: server\npublic: " PUBLIC "\nsecret: " SECRET "\nsign: " SEED "\n",
        "name: a\r\npublic: " PUBLIC "\r\n",
        "name: a  \npublic: " OTHER,
        "public: " PUBLIC "\n",
        "name: a\npublic: %nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0\n",
        "name a\n",
        ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        give(self, texts[i], strlen(texts[i]));
}

const struct fuzz_target fuzz_target = {"cert", MOST, 5000, seeds};
