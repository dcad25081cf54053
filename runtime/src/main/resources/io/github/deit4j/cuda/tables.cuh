// Tables of tensors, so that one launch works on all of them.
//
// A table is [columns, rows]: for each row the addresses of as many tensors as the kernel takes, 0
// where there is none, then their elements, then the number of the row's first part. A part is PART
// elements of a row, the last one what is left; a block has one.
#pragma once

#include "deit4j.cuh"

constexpr int PART = 4096;

struct Part {
  const long long* table;
  int rows;
  int row;
  long long first;  // of its elements
  long long end;

  template <typename T>
  __device__ T* tensor(int column) const {
    return reinterpret_cast<T*>(table[(long long)column * rows + row]);
  }
};

// The part of this block, in a table of so many tensors a row.
__device__ __forceinline__ Part partOfBlock(const long long* table, int tensors, int rows) {
  const long long* counts = table + (long long)tensors * rows;
  const long long* firstParts = counts + rows;
  const long long part = blockIdx.x;
  // The last row that begins no later.
  int low = 0;
  int high = rows - 1;
  while (low < high) {
    const int middle = (low + high + 1) / 2;
    if (firstParts[middle] <= part) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  const long long first = (part - firstParts[low]) * PART;
  const long long end = first + PART < counts[low] ? first + PART : counts[low];
  return {table, rows, low, first, end};
}
