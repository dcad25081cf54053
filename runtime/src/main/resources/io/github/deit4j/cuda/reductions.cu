// Sums over many numbers, always in the same order.
#include "deit4j.cuh"
#include "tables.cuh"

// Sums over a part of the rows, [parts, columns]; addRows adds the parts up.
extern "C" __global__ void sumRows(
    float* sums, const float* x, int columns, long long rows, int rowsPerPart) {
  const int column = blockIdx.x * blockDim.x + threadIdx.x;
  if (column >= columns) {
    return;
  }
  const long long first = (long long)blockIdx.y * rowsPerPart;
  const long long end = first + rowsPerPart < rows ? first + rowsPerPart : rows;
  float sum = 0;
  for (long long row = first; row < end; row++) {
    sum += x[row * columns + column];
  }
  sums[(long long)blockIdx.y * columns + column] = sum;
}

// sums[column] += x[row, column], row after row; rows are so many elements apart.
extern "C" __global__ void addRows(
    float* sums, const float* x, long long columns, long long rowStride, int rows) {
  for (long long i = firstElement(); i < columns; i += elementStride()) {
    float sum = sums[i];
    for (int row = 0; row < rows; row++) {
      sum += x[row * rowStride + i];
    }
    sums[i] = sum;
  }
}

// Σx² of every part of a table of single tensors.
extern "C" __global__ void sumOfSquares(double* sums, const long long* table, int rows) {
  const Part part = partOfBlock(table, 1, rows);
  const float* x = part.tensor<float>(0);
  float sum = 0;
  for (long long i = part.first + threadIdx.x; i < part.end; i += blockDim.x) {
    sum = fmaf(x[i], x[i], sum);
  }
  sum = blockSum(sum);
  if (threadIdx.x == 0) {
    sums[blockIdx.x] = sum;
  }
}

// The sum of all parts: every thread adds neighbours, then the threads of the one block.
extern "C" __global__ void sumParts(double* total, const double* sums, long long count) {
  const long long share = (count + blockDim.x - 1) / blockDim.x;
  const long long first = threadIdx.x * share;
  const long long end = first + share < count ? first + share : count;
  double sum = 0;
  for (long long i = first; i < end; i++) {
    sum += sums[i];
  }
  sum = blockSum(sum);
  if (threadIdx.x == 0) {
    *total = sum;
  }
}
