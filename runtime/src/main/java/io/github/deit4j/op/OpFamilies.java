package io.github.deit4j.op;

/**
 * All ops of a device.
 *
 * @param runner does them
 * @param memory copies
 * @param linear matrix products of linear layers
 * @param normalization layer and batch normalisation
 * @param attention scaled dot products
 * @param convolution convolutions and other ops on feature maps
 * @param pixels images, and their way to tokens and back
 * @param elementwise sums, activations, dropout
 * @param loss losses and scores
 * @param optimizer parameter updates
 */
public record OpFamilies(
    OpRunner runner,
    MemoryOps memory,
    LinearOps linear,
    NormalizationOps normalization,
    AttentionOps attention,
    ConvolutionOps convolution,
    PixelOps pixels,
    ElementwiseOps elementwise,
    LossOps loss,
    OptimizerOps optimizer) {}
