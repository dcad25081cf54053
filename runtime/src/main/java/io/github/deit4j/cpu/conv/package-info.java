/**
 * The kernels of convolutional networks, on feature maps with channels last: convolution, batch
 * normalisation, pooling, scaling by channel, ReLU and sigmoid. {@code Scalar…} is the
 * specification, {@code Vector…} gives the same bits. Touches {@code cpu.gemm} and {@code
 * cpu.core}.
 */
package io.github.deit4j.cpu.conv;
