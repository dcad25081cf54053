package io.github.deit4j.op;

/** All ops of a device, and what runs them. */
public record OpFamilies(
    OpRunner runner,
    LinearOps linear,
    NormalizationOps normalization,
    AttentionOps attention,
    ConvolutionOps convolution,
    PixelOps pixels,
    ElementwiseOps elementwise,
    LossOps loss,
    OptimizerOps optimizer) {}
