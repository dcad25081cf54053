// Sums over many numbers, always in the same order.
#include "activation.cuh"
#include "tables.cuh"

// Sums over a part of the rows, [parts, columns]; addRows adds the parts up.
extern "C" __global__ void KERNEL(sumRows)(
    float* sums, const Activation* x, int columns, long long rows, int rowsPerPart) {
  const int column = blockIdx.x * blockDim.x + threadIdx.x;
  if (column >= columns) {
    return;
  }
  const long long first = (long long)blockIdx.y * rowsPerPart;
  const long long end = first + rowsPerPart < rows ? first + rowsPerPart : rows;
  float sum = 0;
  for (long long row = first; row < end; row++) {
    sum += toFloat(x[row * columns + column]);
  }
  sums[(long long)blockIdx.y * columns + column] = sum;
}

// sums[column] += x[row, column], row after row; rows are so many elements apart.
extern "C" __global__ void KERNEL(addRows)(
    float* sums, const Activation* x, long long columns, long long rowStride, int rows) {
  for (long long i = firstElement(); i < columns; i += elementStride()) {
    float sum = sums[i];
    for (int row = 0; row < rows; row++) {
      sum += toFloat(x[row * rowStride + i]);
    }
    sums[i] = sum;
  }
}

constexpr int ADDERS = 8;  // warps of a block of addParts
constexpr int ADD_THREADS = ADDERS * WARP;

// first[column] += Σ over the parts of parts[part, column]; where there is a second, a part has its
// columns behind those of the first. A block has 32 columns; each of its warps adds up neighbouring
// parts, and their sums are added in order.
extern "C" __global__ void __launch_bounds__(ADD_THREADS) addParts(
    float* first, float* second, const float* parts, int columns, int count) {
  __shared__ float sums[ADDERS][WARP];
  const int all = second == nullptr ? columns : 2 * columns;
  const int column = blockIdx.x * WARP + lane();
  const int share = (count + ADDERS - 1) / ADDERS;
  const int begin = share * warp();
  const int end = begin + share < count ? begin + share : count;
  float sum = 0;
  if (column < all) {
    for (int part = begin; part < end; part++) {
      sum += parts[(long long)part * all + column];
    }
  }
  sums[warp()][lane()] = sum;
  __syncthreads();
  if (warp() == 0 && column < all) {
    float* to = column < columns ? first + column : second + (column - columns);
    float total = *to;
    for (int each = 0; each < ADDERS; each++) {
      total += sums[each][lane()];
    }
    *to = total;
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
