/* Attention without a mask, on a CPU, in single precision.

   Shapes: B rows, H heads, N queries, L keys, FEATURES features of a head. Queries, keys,
   values and results are (B, N or L, H FEATURES); heads lie beside each other. Steps
   between rows and between positions are given, in numbers.
   The keys and values of a head stay in the L2 cache, the scores of QUERIES queries in
   the L1 cache. Every sum has a fixed order: the result does not depend on the number of
   threads. native.py compiles this file for each number of features. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __AVX512F__
#define LANES 16  /* numbers of one vector register */
#define QUERIES 8 /* queries and vectors of keys whose sums fill the registers */
#define VECTORS 3
#else
#define LANES 8
#define QUERIES 4
#define VECTORS 2
#endif
#define KEYS (LANES * VECTORS)
#define PARTS (FEATURES / LANES < 2 ? 1 : 2) /* vectors of values that are summed together */

typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

typedef struct {
    const float *query, *key, *value;
    float *output;
    int64_t queries, keys, query_step, key_step, value_step, output_step;
} Head;

static inline vec larger(vec x, vec y) {
    ivec more = x > y;
    return (vec)((more & (ivec)x) | (~more & (ivec)y));
}

/* 2^x for x <= 0, to a unit in the last place; 2^-126 for all smaller x, NaN for NaN */
static inline vec exp2_of(vec x) {
    ivec low = x < -126.0f;
    x = (vec)((low & (ivec)((vec){0} - 126.0f)) | (~low & (ivec)x));
    vec shifted = x + 12582912.0f; /* 1.5 * 2^23: rounds to an integer */
    vec rest = x - (shifted - 12582912.0f);
    vec y = rest * 1.5403530e-4f + 1.3333558e-3f; /* Taylor series of 2^rest */
    y = y * rest + 9.6181291e-3f;
    y = y * rest + 5.5504109e-2f;
    y = y * rest + 2.4022651e-1f;
    y = y * rest + 6.9314718e-1f;
    y = y * rest + 1.0f;
    return y * (vec)(((ivec)shifted << 23) + 0x3f800000); /* y * 2^integer */
}

/* Copy keys to blocks (L / KEYS, FEATURES, KEYS), padded with zeros, and values to (L, FEATURES). */
static void pack(const Head *head, float *keys, float *values, int64_t width) {
    memset(keys, 0, sizeof(float) * width * FEATURES);
    for (int64_t at = 0; at < head->keys; at++) {
        const float *key = head->key + at * head->key_step;
        float *block = keys + at / KEYS * KEYS * FEATURES + at % KEYS;
        for (int d = 0; d < FEATURES; d++) block[d * KEYS] = key[d];
        memcpy(values + at * FEATURES, head->value + at * head->value_step, sizeof(float) * FEATURES);
    }
}

/* Write the scores of queries (QUERIES, FEATURES) for all keys, (QUERIES, width). */
static void score(const float *queries, const float *keys, float *scores, int64_t width) {
    for (int64_t first = 0; first < width; first += KEYS, keys += FEATURES * KEYS) {
        vec sums[QUERIES][VECTORS];
        memset(sums, 0, sizeof sums);
        for (int d = 0; d < FEATURES; d++) {
#pragma GCC unroll 8
            for (int q = 0; q < QUERIES; q++)
#pragma GCC unroll 3
                for (int v = 0; v < VECTORS; v++)
                    sums[q][v] += queries[q * FEATURES + d] * *(const vec *)(keys + d * KEYS + v * LANES);
        }
#pragma GCC unroll 8
        for (int q = 0; q < QUERIES; q++)
#pragma GCC unroll 3
            for (int v = 0; v < VECTORS; v++)
                *(vec *)(scores + q * width + first + v * LANES) = sums[q][v];
    }
}

/* Replace the scores of one query by 2^(score - largest score); return their sum. */
static float exponentiate(float *scores, int64_t keys, int64_t width) {
    for (int64_t at = keys; at < width; at++) scores[at] = -1e30f;
    vec most = *(vec *)scores, total = {0};
    for (int64_t at = LANES; at < width; at += LANES) most = larger(*(vec *)(scores + at), most);
    float largest = most[0], sum = 0;
    for (int lane = 1; lane < LANES; lane++) largest = most[lane] > largest ? most[lane] : largest;
    for (int64_t at = 0; at < width; at += LANES) {
        vec weights = exp2_of(*(vec *)(scores + at) - largest);
        *(vec *)(scores + at) = weights;
        total += weights;
    }
    /* padding has the weight 2^-126, too small to change the sum */
    for (int lane = 0; lane < LANES; lane++) sum += total[lane];
    return sum;
}

/* Return weighted sums of values for QUERIES queries, PARTS vectors of features from `values` on. */
static void combine(const float *weights, const float *values, vec results[QUERIES][PARTS],
                    int64_t keys, int64_t width) {
    vec sums[QUERIES][PARTS];
    memset(sums, 0, sizeof sums);
    for (int64_t at = 0; at < keys; at++, values += FEATURES) {
#pragma GCC unroll 8
        for (int q = 0; q < QUERIES; q++)
#pragma GCC unroll 2
            for (int v = 0; v < PARTS; v++)
                sums[q][v] += weights[q * width + at] * *(const vec *)(values + v * LANES);
    }
    memcpy(results, sums, sizeof sums);
}

/* Attend with one head; space holds keys, values, queries and scores. */
static void attend(const Head *head, int64_t width, float *space) {
    const float scale = 1.44269504f / __builtin_sqrtf(FEATURES); /* powers of 2, not of e */
    float *keys = space, *values = keys + width * FEATURES, *queries = values + head->keys * FEATURES;
    float *scores = queries + QUERIES * FEATURES, totals[QUERIES];
    pack(head, keys, values, width);
    for (int64_t first = 0; first < head->queries; first += QUERIES) {
        int64_t left = head->queries - first, many = left < QUERIES ? left : QUERIES;
        memset(queries, 0, sizeof(float) * QUERIES * FEATURES);
        for (int64_t q = 0; q < many; q++)
            for (int d = 0; d < FEATURES; d++)
                queries[q * FEATURES + d] = scale * head->query[(first + q) * head->query_step + d];
        score(queries, keys, scores, width);
        for (int q = 0; q < QUERIES; q++) totals[q] = exponentiate(scores + q * width, head->keys, width);
        for (int part = 0; part < FEATURES; part += PARTS * LANES) {
            vec results[QUERIES][PARTS];
            combine(scores, values + part, results, head->keys, width);
            for (int64_t q = 0; q < many; q++)
                for (int v = 0; v < PARTS; v++)
                    *(vec *)(head->output + (first + q) * head->output_step + part + v * LANES) =
                        results[q][v] / totals[q];
        }
    }
}

/* Attend. sizes: B, H, N, L. steps: of queries, keys, values, results; between rows and between
   positions each. Returns 0; 1 if memory is missing. */
int attention(const float *query, const float *key, const float *value, float *output,
              const int64_t *sizes, const int64_t *steps, int threads) {
    int64_t width = (sizes[3] + KEYS - 1) / KEYS * KEYS;
    int64_t space_size = (width + sizes[3] + QUERIES) * FEATURES + QUERIES * width;
    int missing = 0;
#pragma omp parallel num_threads(threads) reduction(| : missing)
    {
        float *space = malloc(sizeof(float) * space_size);
        missing = !space;
#pragma omp for schedule(static)
        for (int64_t each = 0; each < sizes[0] * sizes[1]; each++) {
            int64_t row = each / sizes[1], at = each % sizes[1] * FEATURES;
            Head head = {query + row * steps[0] + at, key + row * steps[2] + at,
                         value + row * steps[4] + at, output + row * steps[6] + at,
                         sizes[2], sizes[3], steps[1], steps[3], steps[5], steps[7]};
            if (space) attend(&head, width, space);
        }
        free(space);
    }
    return missing;
}
