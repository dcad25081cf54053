#include "matmul.h"

#include <cstdio>
#include <map>
#include <string>

#include "account.h"
#include "check.h"
#include "standin.h"

namespace standin {

namespace {

size_t bytes(const Layout& x) {
  return ((x.columns - 1) * x.stride + x.rows) * (x.type == BFLOAT16 ? 2 : 4);
}

// Sizes as rows count first: what is row by row in deit4j is column by column here.
std::string nameOf(const Product& product) {
  static const std::map<int, const char*> names = {
      {EPILOGUE_DEFAULT, ""},
      {EPILOGUE_BIAS, " + bias"},
      {EPILOGUE_GELU_BIAS, " + bias, GELU"},
      {EPILOGUE_GELU_AUX_BIAS, " + bias, kept, GELU"},
      {EPILOGUE_DGELU, ", GELU's gradient"},
      {EPILOGUE_BGRADB, ", bias' gradient"}};
  char text[128];
  snprintf(text, sizeof text, "product %ld×%ld×%ld%s%s", product.n, product.m, product.k,
           names.at(product.epilogue), product.add ? ", added" : "");
  return text;
}

Cost costOf(const Product& product) {
  const bool bfloat16 = product.a.type == BFLOAT16;
  const double m = static_cast<double>(product.m);
  const double n = static_cast<double>(product.n);
  const double k = static_cast<double>(product.k);
  const double element = product.type == BFLOAT16 ? 2 : 4;
  const double read = (product.add ? m * n : 0) + (product.hasBias() ? m : 0) + (product.readsAux() ? m * n : 0);
  const double written = m * n + (product.writesAux() ? m * n : 0) + (product.hasSums() ? n : 0);
  return {(bfloat16 ? 2 : 4) * (m + n) * k + element * read, element * written, 2 * m * n * k,
          bfloat16 ? Unit::BFLOAT16 : product.tf32 ? Unit::TF32 : Unit::FLOAT32};
}

}  // namespace

uint64_t hash(const Description& operation, const Layout& a, const Layout& b, const Layout& c) {
  uint64_t hash = 17;
  for (const long part : {static_cast<long>(operation.compute), static_cast<long>(operation.transposeA),
                          static_cast<long>(operation.transposeB), static_cast<long>(operation.epilogue),
                          operation.auxStride, static_cast<long>(c.type),
                          static_cast<long>(a.type), a.rows, a.columns, a.stride, b.rows, b.columns,
                          b.stride, c.rows, c.columns, c.stride}) {
    hash = (hash ^ part) * 0x100000001b3u;
  }
  return hash;
}

bool valid(const Description& operation, const Layout& a, const Layout& b, const Layout& c) {
  const bool bfloat16 = a.type == BFLOAT16;
  if (a.type != b.type || (a.type != FLOAT32 && !bfloat16) ||
      (c.type != FLOAT32 && !(bfloat16 && c.type == BFLOAT16)) ||
      (operation.compute != COMPUTE_32F && (bfloat16 || operation.compute != COMPUTE_TF32))) {
    violate("product: types %d, %d and %d with computation %d are not modelled", a.type, b.type,
            c.type, operation.compute);
    return false;
  }
  const long k = operation.transposeA ? a.rows : a.columns;
  if ((operation.transposeA ? a.columns : a.rows) != c.rows ||
      (operation.transposeB ? b.rows : b.columns) != c.columns ||
      (operation.transposeB ? b.columns : b.rows) != k || a.stride < a.rows || b.stride < b.rows ||
      c.stride < c.rows || c.rows < 1 || c.columns < 1 || k < 1) {
    violate("product: [%ld, %ld] times [%ld, %ld] is not [%ld, %ld]", a.rows, a.columns, b.rows,
            b.columns, c.rows, c.columns);
    return false;
  }
  return true;
}

bool validEpilogue(const Description& operation, const Layout& a, const Layout& c) {
  const bool plain = operation.epilogue == EPILOGUE_DEFAULT || operation.epilogue == EPILOGUE_BIAS;
  if (!plain && a.type != BFLOAT16) {
    violate("product: epilogue %d of float32 factors is not modelled", operation.epilogue);
    return false;
  }
  const bool gelu = operation.hasAux() || operation.epilogue == EPILOGUE_GELU_BIAS;
  if (gelu && c.type != BFLOAT16) {
    violate("product: epilogue %d with a result in float32 is not modelled", operation.epilogue);
    return false;
  }
  if ((operation.hasVector() && operation.vector == 0) || (operation.hasAux() && operation.aux == 0)) {
    violate("product: epilogue %d without a pointer to its bias or auxiliary matrix", operation.epilogue);
    return false;
  }
  if (operation.hasAux() && (operation.auxStride < c.rows || operation.auxStride % 8 != 0 ||
                             operation.aux % 16 != 0)) {
    violate("product: an auxiliary matrix at %lx with columns of %ld elements, %ld apart",
            static_cast<unsigned long>(operation.aux), c.rows, operation.auxStride);
    return false;
  }
  return true;
}

uint32_t alignmentOf(uintptr_t address) {
  return static_cast<uint32_t>((address | 16) & -(address | 16));
}

uint32_t columnAlignment(const Layout& x) { return alignmentOf(x.stride * (x.type == BFLOAT16 ? 2 : 4)); }

bool aligned(const char* operand, uintptr_t address, unsigned alignment) {
  if (address % alignment != 0) {
    violate("product: %s is not aligned to the %u bytes of the preference", operand, alignment);
    return false;
  }
  return true;
}

int multiply(const char* function, int ofHandle, void* stream, const Description& operation,
             const Layout& aLayout, uintptr_t a, const Layout& bLayout, uintptr_t b,
             const Layout& cLayout, uintptr_t c, uintptr_t d, float alpha, float beta) {
  const int device = currentDevice(function);
  const size_t bytesA = bytes(aLayout);
  const size_t bytesB = bytes(bLayout);
  const size_t bytesC = bytes(cLayout);
  Product product = {};
  product.a = {a, aLayout.type, aLayout.stride, operation.transposeA != 0};
  product.b = {b, bLayout.type, bLayout.stride, operation.transposeB != 0};
  product.c = c;
  product.d = d;
  product.type = cLayout.type;
  product.stride = cLayout.stride;
  product.m = cLayout.rows;
  product.n = cLayout.columns;
  product.k = operation.transposeA ? aLayout.rows : aLayout.columns;
  product.tf32 = operation.compute == COMPUTE_TF32;
  product.add = beta == 1;
  product.epilogue = operation.epilogue;
  product.vector = operation.vector;
  product.aux = operation.aux;
  product.auxStride = operation.auxStride;
  const size_t element = cLayout.type == BFLOAT16 ? 2 : 4;
  const size_t bytesVector = element * (product.hasSums() ? product.n : product.m);
  const size_t bytesAux = element * ((product.n - 1) * product.auxStride + product.m);
  if (device < 0 || device != ofHandle || !inDevice("product: a", a, bytesA) ||
      !inDevice("product: b", b, bytesB) || (product.add && !inDevice("product: c", c, bytesC)) ||
      !inDevice("product: d", d, bytesC) ||
      (operation.hasVector() && !inDevice("product: bias", product.vector, bytesVector)) ||
      (operation.hasAux() && !inDevice("product: auxiliary matrix", product.aux, bytesAux))) {
    return CUBLAS_VALUE;
  }
  if (alpha != 1 || (beta != 0 && beta != 1)) {
    violate("product: factors %g and %g are not modelled", alpha, beta);
    return CUBLAS_VALUE;
  }
  const auto apart = [](uintptr_t x, size_t sizeX, uintptr_t y, size_t sizeY) {
    return x + sizeX <= y || y + sizeY <= x;
  };
  if ((product.add && c != d && !apart(c, bytesC, d, bytesC)) || !apart(a, bytesA, d, bytesC) ||
      !apart(b, bytesB, d, bytesC) ||
      (operation.hasVector() && !apart(product.vector, bytesVector, d, bytesC)) ||
      (operation.hasAux() && !apart(product.aux, bytesAux, d, bytesC))) {
    violate("product: d overlaps an operand");
    return CUBLAS_VALUE;
  }
  if (sticky(device) != 0) {
    return CUBLAS_EXECUTION;
  }
  const bool computed = isComputing();
  const bool counted = isCounting();
  const int code = enqueue(function, device, stream, [=] {
    if (counted) {
      note(nameOf(product), costOf(product));
    }
    if (!computed) {
      return SUCCESS;
    }
    mustBeInitialised("product: a", a, bytesA);
    mustBeInitialised("product: b", b, bytesB);
    if (product.add) {
      mustBeInitialised("product: c", c, bytesC);
    }
    if (product.hasBias()) {
      mustBeInitialised("product: bias", product.vector, bytesVector);
    }
    if (product.readsAux()) {
      mustBeInitialised("product: auxiliary matrix", product.aux, bytesAux);
    }
    run(product);
    written(d, bytesC);
    if (product.hasSums()) {
      written(product.vector, bytesVector);
    }
    if (product.writesAux()) {
      written(product.aux, bytesAux);
    }
    return SUCCESS;
  });
  return code == SUCCESS ? CUBLAS_SUCCESS : CUBLAS_VALUE;
}

}  // namespace standin
