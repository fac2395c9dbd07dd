// Matrix products: the same arithmetic in two orders, which differ in their use of caches.

#include <vector>

#include "tests/benchmarks/native/harness.h"

namespace {

constexpr int kSize = 96;
using Matrix = std::vector<double>;

Matrix Filled(double first) {
  Matrix m(kSize * kSize);
  for (size_t i = 0; i < m.size(); ++i) m[i] = first + static_cast<double>(i % 13);
  return m;
}

// Inner loop down a column: a cache line for every element.
void ByColumns(const Matrix& a, const Matrix& b, Matrix& c) {
  for (int i = 0; i < kSize; ++i)
    for (int j = 0; j < kSize; ++j) {
      double sum = 0;
      for (int k = 0; k < kSize; ++k) sum += a[i * kSize + k] * b[k * kSize + j];
      c[i * kSize + j] = sum;
    }
}

// Inner loop along rows: each cache line is used whole.
void ByRows(const Matrix& a, const Matrix& b, Matrix& c) {
  c.assign(c.size(), 0);
  for (int i = 0; i < kSize; ++i)
    for (int k = 0; k < kSize; ++k)
      for (int j = 0; j < kSize; ++j) c[i * kSize + j] += a[i * kSize + k] * b[k * kSize + j];
}

}  // namespace

int main(int argc, char** argv) {
  const Matrix a = Filled(1), b = Filled(2);
  Matrix c(kSize * kSize);
  return harness::Main(argc, argv, __FILE__,
                       {
                           {"multiply_by_columns[96]", [&] { ByColumns(a, b, c); harness::Keep(c.data()); }},
                           {"multiply_by_rows[96]", [&] { ByRows(a, b, c); harness::Keep(c.data()); }},
                       });
}
