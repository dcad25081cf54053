#include "product.h"

#include <cmath>
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

// To the nearest, ties to even.
uint16_t bfloat16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
  return static_cast<uint16_t>((nan ? bits | 0x400000u : bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

float load(uintptr_t address, int type, long index) {
  return type == BFLOAT16
             ? fromBits(static_cast<uint32_t>(reinterpret_cast<const uint16_t*>(address)[index]) << 16)
             : reinterpret_cast<const float*>(address)[index];
}

void store(uintptr_t address, int type, long index, float x) {
  if (type == BFLOAT16) {
    reinterpret_cast<uint16_t*>(address)[index] = bfloat16(x);
  } else {
    reinterpret_cast<float*>(address)[index] = x;
  }
}

// x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2
constexpr float ROOT = 0.7978845608f;
constexpr float CUBIC = 0.044715f;

float gelu(float x) { return 0.5f * x * (1.0f + std::tanh(ROOT * (x + CUBIC * x * x * x))); }

float geluGradient(float x) {
  const float t = std::tanh(ROOT * (x + CUBIC * x * x * x));
  return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * ROOT * (1.0f + 3.0f * CUBIC * x * x);
}

// What the epilogue makes of a number.
float finished(const Product& product, float sum, long row, long column) {
  if (product.hasBias()) {
    sum += load(product.vector, product.type, row);
  }
  const long aux = column * product.auxStride + row;
  switch (product.epilogue) {
    case EPILOGUE_GELU_AUX_BIAS:
      store(product.aux, product.type, aux, sum);
      return gelu(sum);
    case EPILOGUE_GELU_BIAS:
      return gelu(sum);
    case EPILOGUE_DGELU:
      return sum * geluGradient(load(product.aux, product.type, aux));
    default:
      return sum;
  }
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
    for (long row = 0; row < product.m; row++) {
      const long at = column * product.stride + row;
      const float sum = product.add ? load(product.c, product.type, at) + sums[row] : sums[row];
      store(product.d, product.type, at, finished(product, sum, row, column));
    }
    if (product.hasSums()) {
      float sum = 0;
      for (long k = 0; k < product.k; k++) {
        sum += b[column * product.k + k];
      }
      store(product.vector, product.type, column, sum);
    }
  }
}

}  // namespace standin
