// The counter-based random numbers of io.github.deit4j.random.Philox: Philox4x32-10 (Salmon et al.
// 2011), the same bits.
#pragma once

// The name of a stream.
struct Stream {
  unsigned long long seed;
  int purpose;
  int epoch;
  int position;
};

// The stream of that name: its seed, purpose, epoch and position.
__device__ __forceinline__ Stream streamOf(const long long* name) {
  return {(unsigned long long)name[0], (int)name[1], (int)name[2], (int)name[3]};
}

struct Block {
  unsigned words[4];

  // Number i of the block, of [0, 1) with 24 random bits.
  __device__ float uniform(int i) const { return (words[i] >> 8) * 0x1p-24f; }

  // The block's one number of the standard normal distribution (Box and Muller).
  __device__ float normal() const {
    const double u = 1.0 - uniform53(words[0], words[1]);
    const double v = uniform53(words[2], words[3]);
    return (float)(sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v));
  }

  __device__ static double uniform53(unsigned high, unsigned low) {
    return ((high >> 5) * 67108864.0 + (low >> 6)) * 0x1p-53;
  }
};

__device__ __forceinline__ unsigned high(unsigned a, unsigned b) {
  return (unsigned)((unsigned long long)a * b >> 32);
}

// The block of that number of a stream.
__device__ __forceinline__ Block randomBlock(Stream stream, unsigned number) {
  unsigned c0 = number;
  unsigned c1 = stream.purpose;
  unsigned c2 = stream.epoch;
  unsigned c3 = stream.position;
  unsigned k0 = (unsigned)stream.seed;
  unsigned k1 = (unsigned)(stream.seed >> 32);
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const unsigned n0 = high(0xCD9E8D57u, c2) ^ c1 ^ k0;
    const unsigned n2 = high(0xD2511F53u, c0) ^ c3 ^ k1;
    c1 = 0xCD9E8D57u * c2;
    c3 = 0xD2511F53u * c0;
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}
