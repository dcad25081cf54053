// Layer normalisation of rows (Ba et al. 2016), with biased variance. One warp has one row at a time.
#include "activation.cuh"

extern __shared__ float dynamic_shared[];

__device__ __forceinline__ long long warpRow() {
  return (long long)blockIdx.x * (blockDim.x / WARP) + warp();
}

extern "C" __global__ void KERNEL(layerNorm)(
    Activation* y,
    float* mean,
    float* rstd,
    const Activation* x,
    const float* weight,
    const float* bias,
    float epsilon,
    int width,
    long long rows) {
  const long long row = warpRow();
  if (row >= rows) {
    return;  // The whole warp, and no barrier follows.
  }
  const Activation* in = x + row * width;
  float sum = 0;
  for (int i = lane(); i < width; i += WARP) {
    sum += toFloat(in[i]);
  }
  const float m = laneSum<WARP>(sum) / width;
  float squares = 0;
  for (int i = lane(); i < width; i += WARP) {
    const float distance = toFloat(in[i]) - m;
    squares = fmaf(distance, distance, squares);
  }
  const float r = 1.0f / sqrtf(laneSum<WARP>(squares) / width + epsilon);
  for (int i = lane(); i < width; i += WARP) {
    store(y[row * width + i], fmaf((toFloat(in[i]) - m) * r, weight[i], bias[i]));
  }
  if (lane() == 0) {
    mean[row] = m;
    rstd[row] = r;
  }
}

// dx = base + rstd·(g − mean(g) − n·mean(g·n)) with g = weight·dy and n = (x − mean)·rstd, of one row
// by a warp; takes(column, dy, n) sees every number.
template <typename Takes>
__device__ __forceinline__ void rowBackward(
    Activation* dx,
    const Activation* base,
    const Activation* dy,
    const Activation* x,
    const float* weight,
    float m,
    float r,
    int width,
    Takes takes) {
  float sum = 0;
  float products = 0;
  for (int i = lane(); i < width; i += WARP) {
    const float slope = toFloat(dy[i]);
    const float n = (toFloat(x[i]) - m) * r;
    const float g = slope * weight[i];
    sum += g;
    products = fmaf(g, n, products);
    takes(i, slope, n);
  }
  const float s = laneSum<WARP>(sum) / width;
  const float t = laneSum<WARP>(products) / width;
  for (int i = lane(); i < width; i += WARP) {
    const float g = toFloat(dy[i]) * weight[i];
    const float n = (toFloat(x[i]) - m) * r;
    store(dx[i], fmaf(r, fmaf(-n, t, g - s), toFloat(base[i])));
  }
}

// dx may be base.
extern "C" __global__ void KERNEL(layerNormBackward)(
    Activation* dx,
    const Activation* base,
    const Activation* dy,
    const Activation* x,
    const float* weight,
    const float* mean,
    const float* rstd,
    int width,
    long long rows) {
  const long long row = warpRow();
  if (row >= rows) {
    return;  // The whole warp, and no barrier follows.
  }
  const long long start = row * width;
  const float m = mean[row];
  const float r = rstd[row];
  rowBackward(
      dx + start, base + start, dy + start, x + start, weight, m, r, width, [](int, float, float) {});
}

// The same, and sums of dy·n and of dy over the block's part of the rows, [parts, 2, width]; addParts
// adds the parts up. A warp has every so many rows and sums of its own, which are added in order.
extern "C" __global__ void KERNEL(layerNormGradients)(
    Activation* dx,
    float* parts,
    const Activation* base,
    const Activation* dy,
    const Activation* x,
    const float* weight,
    const float* mean,
    const float* rstd,
    int width,
    long long rows,
    int rowsPerPart) {
  const int warps = blockDim.x / WARP;
  float* weightSums = dynamic_shared + 2 * width * warp();
  float* biasSums = weightSums + width;
  for (int i = lane(); i < width; i += WARP) {
    weightSums[i] = 0;
    biasSums[i] = 0;
  }
  const long long first = (long long)blockIdx.x * rowsPerPart;
  const long long end = first + rowsPerPart < rows ? first + rowsPerPart : rows;
  for (long long row = first + warp(); row < end; row += warps) {
    const long long start = row * width;
    const float m = mean[row];
    const float r = rstd[row];
    const auto add = [&](int column, float slope, float n) {
      weightSums[column] = fmaf(slope, n, weightSums[column]);
      biasSums[column] += slope;
    };
    rowBackward(
        dx + start, base + start, dy + start, x + start, weight, m, r, width, add);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < 2 * width; i += blockDim.x) {
    float sum = 0;
    for (int each = 0; each < warps; each++) {
      sum += dynamic_shared[2 * width * each + i];
    }
    parts[(long long)blockIdx.x * 2 * width + i] = sum;
  }
}

// Sums of dy·n and of dy over a part of the rows, [parts, width] each; addRows adds the parts up.
extern "C" __global__ void KERNEL(layerNormParameterGradients)(
    float* weightSums,
    float* biasSums,
    const Activation* dy,
    const Activation* x,
    const float* mean,
    const float* rstd,
    int width,
    long long rows,
    int rowsPerPart) {
  const int column = blockIdx.x * blockDim.x + threadIdx.x;
  if (column >= width) {
    return;
  }
  const long long first = (long long)blockIdx.y * rowsPerPart;
  const long long end = first + rowsPerPart < rows ? first + rowsPerPart : rows;
  float weightSum = 0;
  float biasSum = 0;
  for (long long row = first; row < end; row++) {
    const float g = toFloat(dy[row * width + column]);
    weightSum =
        fmaf(g, (toFloat(x[row * width + column]) - mean[row]) * rstd[row], weightSum);
    biasSum += g;
  }
  weightSums[(long long)blockIdx.y * width + column] = weightSum;
  biasSums[(long long)blockIdx.y * width + column] = biasSum;
}
