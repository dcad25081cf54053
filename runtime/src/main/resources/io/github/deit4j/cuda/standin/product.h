// A matrix product as cuBLAS sees it: columns first.
#pragma once

#include <cstdint>

namespace standin {

enum { FLOAT32 = 0, BFLOAT16 = 14 };  // of cudaDataType

struct Factor {
  uintptr_t address;
  int type;
  long stride;
  bool transpose;
};

struct Product {
  Factor a, b;
  float* c;
  long strideC;
  long m, n, k;
  bool tf32;
  bool add;
  const float* bias;  // one for every row, or null
};

// c = a·b, plus what was in c, plus the bias; every sum is one chain over k from 0.
void run(const Product& product);

}  // namespace standin
