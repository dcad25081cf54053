#include "product.h"

#include <cstring>
#include <vector>

namespace standin {

namespace {

float fromBits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// The 10 bits of mantissa that TF32 keeps, rounded to the nearest, ties away from zero.
float tf32(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const bool finite = (bits & 0x7f800000u) != 0x7f800000u;
  return finite ? fromBits((bits + 0x1000u) & 0xffffe000u) : x;
}

float element(const Factor& x, long index, bool rounded) {
  if (x.type == BFLOAT16) {
    return fromBits(static_cast<uint32_t>(reinterpret_cast<const uint16_t*>(x.address)[index]) << 16);
  }
  const float value = reinterpret_cast<const float*>(x.address)[index];
  return rounded ? tf32(value) : value;
}

// Copies op(x), rows by columns, so that its rows are next to each other.
std::vector<float> rows(const Factor& x, long rows, long columns, bool rounded) {
  std::vector<float> copy(rows * columns);
  for (long column = 0; column < columns; column++) {
    for (long row = 0; row < rows; row++) {
      const long index = x.transpose ? row * x.stride + column : column * x.stride + row;
      copy[row * columns + column] = element(x, index, rounded);
    }
  }
  return copy;
}

}  // namespace

void run(const Product& product) {
  // cᵀ = bᵀ·aᵀ, so that the inner loop goes down a column of c: aᵀ with its rows side by side is a
  // with its columns side by side.
  Factor turned = product.a;
  turned.transpose = !turned.transpose;
  const std::vector<float> a = rows(turned, product.k, product.m, product.tf32);
  Factor turnedB = product.b;
  turnedB.transpose = !turnedB.transpose;
  const std::vector<float> b = rows(turnedB, product.n, product.k, product.tf32);
  std::vector<float> sums(product.m);
  for (long column = 0; column < product.n; column++) {
    sums.assign(product.m, 0.0f);
    for (long k = 0; k < product.k; k++) {
      const float factor = b[column * product.k + k];
      const float* from = &a[k * product.m];
      for (long row = 0; row < product.m; row++) {
        sums[row] = __builtin_fmaf(factor, from[row], sums[row]);
      }
    }
    float* to = product.c + column * product.strideC;
    for (long row = 0; row < product.m; row++) {
      const float sum = sums[row] + (product.bias == nullptr ? 0.0f : product.bias[row]);
      to[row] = product.add ? to[row] + sum : sum;
    }
  }
}

}  // namespace standin
