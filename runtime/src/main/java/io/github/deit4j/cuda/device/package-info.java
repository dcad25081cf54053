/**
 * An NVIDIA device as the ops see it: libraries, context, streams, memory, copies, graphs, kernels
 * compiled at run time, matrix products of cuBLAS, and NCCL between the devices of several ranks.
 * Knows no op. Nothing else calls CUDA's libraries.
 */
package io.github.deit4j.cuda.device;
