#include "lang.h"

#include <libintl.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOMAIN "siaga"
#define CATALOGUE "id/LC_MESSAGES/" DOMAIN ".mo"
#define PATH_BYTES 4096

static char *callers_language; /* LANGUAGE=... as it was; NULL: it was not set */

/* Into `folder` the one below which the catalogue lies. false: nowhere. */
static bool find(char folder[PATH_BYTES])
{
    static const char *const places[] = {"locale", "../share/locale"};
    char program[PATH_BYTES], file[PATH_BYTES + sizeof(CATALOGUE) + 1];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    program[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(program, '/');
    for (size_t i = 0; slash && i < sizeof(places) / sizeof(*places); i++) {
        slash[1] = '\0';
        if (snprintf(folder, PATH_BYTES, "%s%s", program, places[i]) >= PATH_BYTES)
            continue;
        snprintf(file, sizeof(file), "%s/" CATALOGUE, folder);
        if (access(file, R_OK) == 0)
            return true;
    }
    return false;
}

/* gettext translates in no locale called "C", and in any other to what LANGUAGE names first.
 * C.UTF-8 is part of glibc, so no locale has to be installed. */
static void begin(void)
{
    char folder[PATH_BYTES];
    const char *was = getenv("LANGUAGE");
    if (!find(folder))
        return;
    if (was && asprintf(&callers_language, "LANGUAGE=%s", was) < 0)
        abort();
    if (setenv("LANGUAGE", "id", 1) < 0 || !bindtextdomain(DOMAIN, folder) ||
        !bind_textdomain_codeset(DOMAIN, "UTF-8"))
        abort(); /* no memory */
    setlocale(LC_MESSAGES, "C.UTF-8");
}

void lang_open(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, begin);
}

const char *lang_text(bool english, const char *text)
{
    if (!text || !*text)
        return text;
    if (!english) {
        lang_open();
        const char *found = dgettext(DOMAIN, text);
        if (found != text)
            return found;
    }
    const char *context = strchr(text, '\004');
    return context ? context + 1 : text;
}

const char *lang_name(bool english)
{
    return english ? "en" : "id";
}

char **lang_environ(void)
{
    size_t n = 0, kept = 0;
    while (environ[n])
        n++;
    char **all = calloc(n + 1, sizeof(*all));
    if (!all)
        abort();
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "LANGUAGE=", 9) != 0)
            all[kept++] = environ[i];
        else if (callers_language)
            all[kept++] = callers_language;
    return all;
}
