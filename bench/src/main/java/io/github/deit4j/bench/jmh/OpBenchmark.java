package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.OpCase;
import io.github.deit4j.bench.OpCases;
import org.openjdk.jmh.annotations.Param;

/** Every op of {@code Backend}. */
public class OpBenchmark extends CaseBenchmark {
  /** The part of the model where the op stands, and the op. */
  @Param({
    "pixels/normalize",
    "pixels/erase",
    "pixels/mix",
    "images/patches",
    "images/patchesBackward",
    "tokens/embed",
    "tokens/embedBackward",
    "tokens/dropout",
    "qkv/linear",
    "qkv/linearInputGradient",
    "qkv/linearParameterGradients",
    "qkv-prepared/linear",
    "proj/linear",
    "proj/linearInputGradient",
    "proj/linearParameterGradients",
    "proj-prepared/linear",
    "fc1/linear",
    "fc1/linearInputGradient",
    "fc1/linearParameterGradients",
    "fc1-prepared/linear",
    "fc2/linear",
    "fc2/linearInputGradient",
    "fc2/linearParameterGradients",
    "fc2-prepared/linear",
    "fc1-gelu/linear",
    "fc2-residual/linear",
    "fc2-residual/linearInputGradient",
    "attn/attention",
    "attn/attentionBackward",
    "attn/attentionProbabilities",
    "attn-projected/attention",
    "mlp/gelu",
    "mlp/geluBackward",
    "mlp/feedForward",
    "norm/layerNorm",
    "norm/layerNormBackward",
    "norm/layerNormParameterGradients",
    "residual/add",
    "residual/addBranch",
    "residual/addBranchBackward",
    "residual/copy",
    "residual-scaled/addBranch",
    "residual-scaled/addBranchBackward",
    "residual-scaled/layerScaleGradient",
    "heads/selectToken",
    "heads/selectTokenBackward",
    "loss/crossEntropy",
    "loss/divergence",
    "loss/hardLabels",
    "loss/score",
    "parameters/fill",
    "parameters/sumOfSquares",
    "parameters/adamW",
    "parameters/sgd",
    "parameters/ema",
    "parameters-ema/adamW"
  })
  public String op;

  /** The model whose sizes are taken, with its distillation token: 198 tokens an image. */
  @Param({"tiny", "small", "base"})
  public String model;

  @Override
  OpCase choose() {
    return OpCases.named(ops, arena, DeiTBenchmark.config(model), batch, op);
  }
}
