package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.ConvolutionCases;
import io.github.deit4j.bench.OpCase;
import io.github.deit4j.regnet.RegNetConfig;
import org.openjdk.jmh.annotations.Param;

/** Every op of {@code ConvolutionOps}. */
public class ConvolutionBenchmark extends CaseBenchmark {
  /** The part of a block where the op stands, and the op. */
  @Param({
    "images/channelsLast",
    "images/channelsFirst",
    "1x1/convolution",
    "1x1/convolutionInputGradient",
    "1x1/convolutionWeightGradient",
    "3x3/convolution",
    "3x3/convolutionInputGradient",
    "3x3/convolutionWeightGradient",
    "norm/batchStatistics",
    "norm/updateStatistics",
    "norm/batchNorm",
    "norm/batchNormBackward",
    "excitation/averagePool",
    "excitation/averagePoolBackward",
    "excitation/sigmoid",
    "excitation/sigmoidBackward",
    "excitation/scaleChannels",
    "excitation/scaleChannelsBackward",
    "activation/relu",
    "activation/reluBackward"
  })
  public String op;

  /** The model whose sizes are taken; DeiT's teacher is the last. */
  @Param({"regnety_008", "regnety_160"})
  public String model;

  /** The part of the model, from 1: each has half the rows and columns of the one before. */
  @Param({"1", "3"})
  public int stage;

  @Override
  OpCase choose() {
    return ConvolutionCases.named(ops, arena, RegNetConfig.named(model), stage, batch, op);
  }
}
