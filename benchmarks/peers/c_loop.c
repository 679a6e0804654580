/* The floor: epochs of updates as plain loops, on one thread, without a library.

   D, H1, H2 and K are given when this is compiled. Rows are examples; the weights are changed in
   place. The loops run over i, then k, then j, so that the innermost one goes along a row. */

#include <math.h>
#include <stdlib.h>

/* out (rows, n) = a (rows, m) w (m, n) */
static inline void product(const double *restrict a, const double *restrict w,
                           double *restrict out, long rows, long m, long n) {
    for (long i = 0; i < rows; i++) {
        for (long j = 0; j < n; j++) out[i * n + j] = 0;
        for (long k = 0; k < m; k++)
            for (long j = 0; j < n; j++) out[i * n + j] += a[i * m + k] * w[k * n + j];
    }
}

static inline void sigmoid(double *z, long size) {
    for (long i = 0; i < size; i++) z[i] = 1 / (1 + exp(-z[i]));
}

/* d_in (rows, m) = d_out (rows, n) wᵀ h (1 − h), with w (m, n) and h (rows, m) */
static inline void step_back(const double *restrict d_out, const double *restrict w,
                             const double *restrict h, double *restrict d_in,
                             long rows, long m, long n) {
    for (long i = 0; i < rows; i++)
        for (long k = 0; k < m; k++) {
            double sum = 0;
            for (long j = 0; j < n; j++) sum += d_out[i * n + j] * w[k * n + j];
            d_in[i * m + k] = sum * h[i * m + k] * (1 - h[i * m + k]);
        }
}

/* w (m, n) −= rate aᵀ d, with a (rows, m) and d (rows, n) */
static inline void update(double *restrict w, const double *restrict a,
                          const double *restrict d, double rate, long rows, long m, long n) {
    for (long i = 0; i < rows; i++)
        for (long k = 0; k < m; k++)
            for (long j = 0; j < n; j++) w[k * n + j] -= rate * a[i * m + k] * d[i * n + j];
}

/* From logits to what each row adds to ∂J/∂z3, (softmax − onehot) / B; returns J. */
static inline double cross_entropy(double *z, const long *y, long rows) {
    double loss = 0;
    for (long i = 0; i < rows; i++) {
        double *row = z + i * K, largest = row[0], sum = 0;
        for (long j = 1; j < K; j++) largest = row[j] > largest ? row[j] : largest;
        double right = row[y[i]] - largest;
        for (long j = 0; j < K; j++) sum += row[j] = exp(row[j] - largest);
        for (long j = 0; j < K; j++) row[j] /= sum * rows;
        row[y[i]] -= 1.0 / rows;
        loss += log(sum) - right;
    }
    return loss / rows;
}

/* Returns the last loss, or −1 if there is no memory. */
double train(const double *x, const long *y, double *W1, double *W2, double *W3,
             long examples, long batch, double rate, long epochs) {
    double *h1 = malloc(batch * 2 * (H1 + H2 + K) * sizeof(double)), loss = -1;
    if (!h1) return loss;
    double *h2 = h1 + batch * H1, *z3 = h2 + batch * H2, *d1 = z3 + batch * K, *d2 = d1 + batch * H1;
    for (long epoch = 0; epoch < epochs; epoch++)
        for (long start = 0; start < examples; start += batch) {
            long B = examples - start < batch ? examples - start : batch;
            const double *rows = x + start * D;
            product(rows, W1, h1, B, D, H1);
            sigmoid(h1, B * H1);
            product(h1, W2, h2, B, H1, H2);
            sigmoid(h2, B * H2);
            product(h2, W3, z3, B, H2, K);
            loss = cross_entropy(z3, y + start, B);
            step_back(z3, W3, h2, d2, B, H2, K);
            step_back(d2, W2, h1, d1, B, H1, H2);
            update(W3, h2, z3, rate, B, H2, K);
            update(W2, h1, d2, rate, B, H1, H2);
            update(W1, rows, d1, rate, B, D, H1);
        }
    free(h1);
    return loss;
}
