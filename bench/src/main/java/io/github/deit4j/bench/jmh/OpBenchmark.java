package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.OpCase;
import io.github.deit4j.bench.OpCases;
import io.github.deit4j.bench.measure.Cost;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Every op of {@code Backend} alone, the same operands in every call. */
public class OpBenchmark extends DeiTBenchmark {
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
    "fc1/linearGelu",
    "fc1-prepared/linear",
    "fc2/linear",
    "fc2/linearInputGradient",
    "fc2/linearParameterGradients",
    "fc2/addLinear",
    "fc2/linearGeluInputGradient",
    "fc2-prepared/linear",
    "attn/attention",
    "attn/attentionBackward",
    "attn/attentionProbabilities",
    "mlp/gelu",
    "mlp/geluBackward",
    "norm/layerNorm",
    "norm/layerNormBackward",
    "norm/layerNormParameterGradients",
    "residual/add",
    "residual/addBranch",
    "residual/addBranchBackward",
    "residual/copy",
    "heads/selectToken",
    "heads/selectTokenBackward",
    "loss/crossEntropy",
    "loss/divergence",
    "parameters/fill",
    "parameters/sumOfSquares",
    "parameters/adamW",
    "parameters/sgd",
    "parameters/ema"
  })
  public String op;

  /** Images. */
  @Param({"1", "8"})
  public int batch;

  private OpCase chosen;
  private Cost cost;

  @Override
  void prepare() {
    chosen = OpCases.named(ops, arena, config(), batch, op);
    cost = chosen.observed(ops).cost();
  }

  /** One call. */
  @Benchmark
  public void call(Work done) {
    chosen.call().accept(ops);
    done.add(cost);
  }
}
