// Layer normalisation of rows (Ba et al. 2016), with biased variance. One warp has one row.
#include "deit4j.cuh"

__device__ __forceinline__ long long warpRow() {
  return (long long)blockIdx.x * (blockDim.x / WARP) + warp();
}

extern "C" __global__ void layerNorm(
    float* y,
    float* mean,
    float* rstd,
    const float* x,
    const float* weight,
    const float* bias,
    float epsilon,
    int width,
    long long rows) {
  const long long row = warpRow();
  if (row >= rows) {
    return;  // The whole warp, and no barrier follows.
  }
  const float* in = x + row * width;
  float sum = 0;
  for (int i = lane(); i < width; i += WARP) {
    sum += in[i];
  }
  const float m = laneSum<WARP>(sum) / width;
  float squares = 0;
  for (int i = lane(); i < width; i += WARP) {
    squares = fmaf(in[i] - m, in[i] - m, squares);
  }
  const float r = 1.0f / sqrtf(laneSum<WARP>(squares) / width + epsilon);
  for (int i = lane(); i < width; i += WARP) {
    y[row * width + i] = fmaf((in[i] - m) * r, weight[i], bias[i]);
  }
  if (lane() == 0) {
    mean[row] = m;
    rstd[row] = r;
  }
}

// dx = base + rstd·(g − mean(g) − n·mean(g·n)) with g = weight·dy and n = (x − mean)·rstd.
extern "C" __global__ void layerNormBackward(
    float* dx,
    const float* base,
    const float* dy,
    const float* x,
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
  float sum = 0;
  float products = 0;
  for (int i = lane(); i < width; i += WARP) {
    const float g = dy[start + i] * weight[i];
    sum += g;
    products = fmaf(g, (x[start + i] - m) * r, products);
  }
  const float s = laneSum<WARP>(sum) / width;
  const float t = laneSum<WARP>(products) / width;
  for (int i = lane(); i < width; i += WARP) {
    const float g = dy[start + i] * weight[i];
    const float n = (x[start + i] - m) * r;
    dx[start + i] = fmaf(r, fmaf(-n, t, g - s), base[start + i]);
  }
}

// Sums of dy·n and of dy over a part of the rows, [parts, width] each; addRows adds the parts up.
extern "C" __global__ void layerNormParameterGradients(
    float* weightSums,
    float* biasSums,
    const float* dy,
    const float* x,
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
    const float g = dy[row * width + column];
    weightSum = fmaf(g, (x[row * width + column] - mean[row]) * rstd[row], weightSum);
    biasSum += g;
  }
  weightSums[(long long)blockIdx.y * width + column] = weightSum;
  biasSums[(long long)blockIdx.y * width + column] = biasSum;
}
