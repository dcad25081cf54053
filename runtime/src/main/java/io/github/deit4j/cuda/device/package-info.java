/**
 * An NVIDIA device as the ops see it: libraries, context, streams, memory, copies, and kernels
 * compiled at run time. Knows no op. Nothing else calls CUDA's driver or NVRTC.
 */
package io.github.deit4j.cuda.device;
