package io.github.deit4j.nn;

import io.github.deit4j.autograd.FeatureMapOps.RunningStatistics;
import io.github.deit4j.autograd.Ops;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * What one forward pass needs besides the parameters.
 *
 * @param ops to compute with
 * @param draws random numbers of training; null in evaluation
 * @param observer sees intermediate results; null where nobody looks on
 * @param scratch holds one block's activations at a time; null to keep all
 * @param statistics takes the statistics of batch normalisations into the running ones, in a pass
 *     of training; null to do so at once
 */
public record ForwardPass(
    Ops ops,
    Draws draws,
    BiConsumer<String, Tensor> observer,
    TensorArena scratch,
    RunningStatistics statistics) {
  /** Returns a pass without random parts: evaluation. */
  public static ForwardPass evaluation(Ops ops) {
    return new ForwardPass(ops, null, null, null, null);
  }

  /** Returns a pass with stochastic depth and dropout: training. */
  public static ForwardPass training(Ops ops, Draws draws) {
    return new ForwardPass(ops, draws, null, null, null);
  }

  /**
   * Returns the same pass, showing intermediate results to an observer under the names of the
   * modules that gave them, such as {@code blocks.0.attn}.
   */
  public ForwardPass observedBy(BiConsumer<String, Tensor> watcher) {
    return new ForwardPass(ops, draws, watcher, scratch, statistics);
  }

  /**
   * Returns the same pass with activation checkpointing: of every block only the output is kept.
   * The backward pass, if there is one, runs the block again, with the same draws. Observers see
   * nothing of the blocks then.
   *
   * @param scratchOfABlock holds one block's activations at a time; nothing else may use it
   */
  public ForwardPass checkpointing(TensorArena scratchOfABlock) {
    return new ForwardPass(ops, draws, observer, scratchOfABlock, statistics);
  }

  /** Returns the same pass, whose batch normalisations leave their running statistics alone. */
  public ForwardPass followedBy(RunningStatistics taker) {
    return new ForwardPass(ops, draws, observer, scratch, taker);
  }

  /** Runs a block, from this pass and the block's input to its output. */
  public Tensor run(BiFunction<ForwardPass, Tensor, Tensor> block, Tensor x) {
    if (scratch == null) {
      return block.apply(this, x);
    }
    return ops.checkpoint(
        x,
        scratch,
        (blockOps, input) ->
            block.apply(new ForwardPass(blockOps, draws, null, null, statistics), input));
  }

  /** Returns whether this is a pass of training. */
  public boolean isTraining() {
    return draws != null;
  }

  /** Returns whether somebody looks at intermediate results. */
  public boolean isObserved() {
    return observer != null;
  }

  /** Shows an intermediate result to the observer. */
  public void observe(String name, Tensor tensor) {
    observe(name, () -> tensor);
  }

  /**
   * Shows an intermediate result that the pass itself has no need of: it is computed for an
   * observer only.
   */
  public void observe(String name, Supplier<Tensor> tensor) {
    if (observer != null) {
      observer.accept(name, tensor.get());
    }
  }

  /** Drops elements behind the position embedding; x itself where there is no dropout. */
  public Tensor dropEmbedding(Tensor x) {
    return hasDropout() ? draws.dropout(ops, 0, x) : x;
  }

  /** Drops elements behind one of a block's three layers, numbered from 0. */
  Tensor dropout(int block, int layer, Tensor x) {
    return hasDropout() ? draws.dropout(ops, 1 + 3 * block + layer, x) : x;
  }

  /** Returns whether {@link #dropout} does anything. */
  boolean hasDropout() {
    return draws != null && draws.dropout() != 0;
  }

  /** Returns a branch's factors, one for each image of x, or null where no branch is dropped. */
  public float[] dropPath(int branch, double rate, Tensor x) {
    return draws == null || rate == 0 ? null : draws.dropPath(branch, rate, x.shape().size(0));
  }

  /**
   * The draws of stochastic depth (Huang et al. 2016) and dropout (Srivastava et al. 2014) for one
   * part of a batch. Each is named by seed, optimizer step, position in the whole batch and branch
   * or layer; so the split of a batch into parts does not matter.
   *
   * @param seed the run's seed
   * @param step optimizer step, from 0
   * @param firstPosition position of the part's first image in the whole batch
   * @param dropout probability that an element becomes zero, of [0, 1)
   */
  public record Draws(long seed, int step, int firstPosition, double dropout) {
    /** Creates the draws of a model without dropout. */
    public Draws(long seed, int step, int firstPosition) {
      this(seed, step, firstPosition, 0);
    }

    /**
     * Returns what each image's branch is multiplied by: 0 with probability {@code rate}, else 1/(1
     * − rate).
     *
     * @param branch number of the branch in the model
     * @param images number of images in the part
     */
    float[] dropPath(int branch, double rate, int images) {
      float[] factors = new float[images];
      for (int i = 0; i < images; i++) {
        double uniform =
            Purpose.DROP_PATH.key(branch, seed, step, firstPosition + i).open().nextDouble();
        factors[i] = uniform < rate ? 0f : (float) (1 / (1 - rate));
      }
      return factors;
    }

    /** Drops elements behind a layer, by its number in the model. */
    Tensor dropout(Ops ops, int layer, Tensor x) {
      return ops.dropout(x, dropout, Purpose.DROPOUT.key(layer, seed, step, firstPosition));
    }
  }
}
