/* Words as people type them: numbers, points, names folded to ids, and the nearest known word. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tool.h"

#define WORD_MAX 40u
#define WORDS_MAX 64u

bool tool_number(const char *text, int64_t least, int64_t most, int64_t *ret_value)
{
    char *end;
    if (!*text || isspace((unsigned char)*text))
        return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end || value < least || value > most)
        return false;
    *ret_value = value;
    return true;
}

bool tool_degree(const char *text, double limit, double *ret_degree)
{
    char copy[40], *end, *comma;
    if (!*text || strlen(text) >= sizeof(copy) || strspn(text, "+-.,0123456789") != strlen(text))
        return false;
    snprintf(copy, sizeof(copy), "%s", text);
    if (!strchr(copy, '.') && (comma = strchr(copy, ',')))
        *comma = '.';
    double value = strtod(copy, &end);
    if (*end || end == copy || fabs(value) > limit)
        return false;
    *ret_degree = value;
    return true;
}

bool tool_point(const char *text, double *ret_lat, double *ret_lon)
{
    char lat[40];
    const char *comma = strchr(text, ',');
    if (!comma || (size_t)(comma - text) >= sizeof(lat))
        return false;
    snprintf(lat, sizeof(lat), "%.*s", (int)(comma - text), text);
    comma += 1 + strspn(comma + 1, " ");
    double point[2];
    if (strchr(comma, ',') || !tool_degree(lat, 90, &point[0]) ||
        !tool_degree(comma, 180, &point[1]))
        return false;
    *ret_lat = point[0];
    *ret_lon = point[1];
    return true;
}

void tool_fold(const char *text, char *out, size_t size)
{
    size_t n = 0;
    bool gap = false;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool keep = c < 0x80 && isalnum(c);
        if (keep && n + 2 + gap < size) {
            if (gap && n)
                out[n++] = '-';
            out[n++] = (char)tolower(c);
        }
        gap = !keep && (gap || n);
    }
    out[n] = '\0';
}

/* ---- the nearest word ---- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to change, add or drop; two swapped neighbours count as one. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t rows[3][WORD_MAX + 1];
    if (n > WORD_MAX || m > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *up = rows[(i - 1) % 3], *upper = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t change =
                up[j - 1] + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            row[j] = least(change, least(up[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], upper[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

const char *tool_nearest(const char *word, const char *const words[])
{
    const char *best = NULL;
    size_t most = strlen(word) / 3 + 1, best_at = most + 1;
    for (size_t i = 0; words[i]; i++) {
        size_t d = distance(word, words[i]);
        bool begins = strlen(word) >= 3 && strncmp(word, words[i], strlen(word)) == 0;
        bool inside = strlen(word) >= 4 && strstr(words[i], word); /* damkar: disdamkarmat */
        d = begins ? 0 : inside ? least(d, 1) : d;
        if (d < best_at) {
            best_at = d;
            best = words[i];
        }
    }
    return best;
}

const char *tool_one_of(struct tool *t, const char *arg, const char *const words[])
{
    char shown[64], all[128] = "";
    for (size_t i = 0, at = 0; words[i]; i++) {
        if (strcmp(words[i], arg) == 0)
            return words[i];
        if (at < sizeof(all))
            at += (size_t)snprintf(all + at, sizeof(all) - at, "%s%s", i ? ", " : "", words[i]);
    }
    const char *near = tool_nearest(arg, words);
    tool_complain(t, EX_USAGE, "'%s' is not known; did you mean %s?",
                  tool_clean(arg, shown, sizeof(shown)), near ? near : all);
    return NULL;
}

const char *tool_find_word(const char *group, const char *text)
{
    char shape[WORD_MAX + 1], other[WORD_MAX + 1];
    tool_fold(text, shape, sizeof(shape));
    const char *word;
    for (size_t i = 0; (word = siaga_word(group, i)); i++) {
        const char *forms[] = {word, siaga_label(group, word, false),
                               siaga_label(group, word, true)};
        for (size_t f = 0; f < 3; f++) {
            tool_fold(forms[f], other, sizeof(other));
            if (*shape && strcmp(shape, other) == 0)
                return word;
        }
    }
    return NULL;
}

int tool_word(struct tool *t, const char *option, const char *group, const char *word)
{
    option = tool_text(t, option);
    if (siaga_word_known(group, word))
        return 0;
    const char *words[WORDS_MAX + 2] = {NULL};
    char all[512] = "", shown[80];
    size_t n = 0;
    const char *one;
    for (size_t i = 0; n < WORDS_MAX && (one = siaga_word(group, i)); i++) {
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? " " : "", one);
        words[n++] = one;
        words[n++] = siaga_label(group, one, false); /* what people see is near too */
    }
    const char *near = tool_nearest(word, words);
    if (near)
        near = tool_find_word(group, near);
    tool_clean(word, shown, sizeof(shown));
    if (near)
        return tool_complain(t, 64, "%s: '%s' is not known; did you mean %s? known are: %s", option,
                             shown, near, all);
    return tool_complain(t, 64, "%s: '%s' is not known; known are: %s", option, shown, all);
}
