package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** What one forward pass needs besides the parameters: ops, random draws, an observer. */
public final class ForwardPass {
  private final Ops ops;
  private final DropPath dropPath;
  private final Dropout dropout;

  /** Null where nobody looks on. */
  private final BiConsumer<String, Tensor> observer;

  /** Null without activation checkpointing. */
  private final TensorArena scratch;

  private ForwardPass(
      Ops ops,
      DropPath dropPath,
      Dropout dropout,
      BiConsumer<String, Tensor> observer,
      TensorArena scratch) {
    this.ops = ops;
    this.dropPath = dropPath;
    this.dropout = dropout;
    this.observer = observer;
    this.scratch = scratch;
  }

  /** Returns a pass without random parts: evaluation. */
  public static ForwardPass evaluation(Ops ops) {
    return new ForwardPass(ops, null, Dropout.NONE, null, null);
  }

  /** Returns a pass with stochastic depth: training. */
  public static ForwardPass training(Ops ops, DropPath dropPath) {
    return new ForwardPass(ops, dropPath, Dropout.NONE, null, null);
  }

  /** Returns the same pass with dropout. */
  public ForwardPass withDropout(Dropout drops) {
    return new ForwardPass(ops, dropPath, drops, observer, scratch);
  }

  /**
   * Returns the same pass, showing intermediate results to an observer under the names of the
   * modules that gave them, such as {@code blocks.0.attn}.
   */
  public ForwardPass observedBy(BiConsumer<String, Tensor> watcher) {
    return new ForwardPass(ops, dropPath, dropout, watcher, scratch);
  }

  /**
   * Returns the same pass with activation checkpointing: of every block only the output is kept.
   * The backward pass, if there is one, runs the block again, with the same draws. Observers see
   * nothing of the blocks then.
   *
   * @param scratchOfABlock holds one block's activations at a time; nothing else may use it
   */
  public ForwardPass checkpointing(TensorArena scratchOfABlock) {
    return new ForwardPass(ops, dropPath, dropout, observer, scratchOfABlock);
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
            block.apply(new ForwardPass(blockOps, dropPath, dropout, null, null), input));
  }

  /** Returns the ops to compute with. */
  public Ops ops() {
    return ops;
  }

  /** Returns whether this is a pass of training. */
  public boolean isTraining() {
    return dropPath != null;
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
    return dropout.apply(ops, Dropout.EMBEDDING, x);
  }

  /** Drops elements behind one of a block's three layers, numbered from 0. */
  Tensor dropout(int block, int layer, Tensor x) {
    return dropout.apply(ops, Dropout.layer(block, layer), x);
  }

  /** Returns whether {@link #dropout} does anything. */
  boolean hasDropout() {
    return dropout.rate() != 0;
  }

  /** Returns a branch's factors, one for each image of x, or null where no branch is dropped. */
  public float[] dropPath(int branch, double rate, Tensor x) {
    return dropPath == null || rate == 0 ? null : dropPath.factors(branch, rate, x.shape().size(0));
  }
}
