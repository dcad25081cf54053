/**
 * The kernels of convolutional networks, on feature maps with channels last: convolution, batch
 * normalisation, pooling and scaling by channel. {@code Scalar…} is the specification, {@code
 * Vector…} gives the same bits, and {@code PlainConvolution} does where there are no vectors of 256
 * bits. Touches {@code cpu.gemm}, {@code cpu.core} and, for sizes, {@code op}.
 */
package io.github.deit4j.cpu.conv;
