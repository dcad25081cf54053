package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.tensor.Tensor;
import java.util.function.BiConsumer;

/** What one forward pass needs besides the parameters: ops, random draws, an observer. */
public final class ForwardPass {
  private static final BiConsumer<String, Tensor> NOBODY = (name, tensor) -> {};

  private final Ops ops;
  private final DropPath dropPath;
  private final Dropout dropout;
  private final BiConsumer<String, Tensor> observer;

  private ForwardPass(
      Ops ops, DropPath dropPath, Dropout dropout, BiConsumer<String, Tensor> observer) {
    this.ops = ops;
    this.dropPath = dropPath;
    this.dropout = dropout;
    this.observer = observer;
  }

  /** Returns a pass without random parts: evaluation. */
  public static ForwardPass evaluation(Ops ops) {
    return new ForwardPass(ops, null, Dropout.NONE, NOBODY);
  }

  /** Returns a pass with stochastic depth: training. */
  public static ForwardPass training(Ops ops, DropPath dropPath) {
    return new ForwardPass(ops, dropPath, Dropout.NONE, NOBODY);
  }

  /** Returns the same pass with dropout. */
  public ForwardPass withDropout(Dropout drops) {
    return new ForwardPass(ops, dropPath, drops, observer);
  }

  /**
   * Returns the same pass, showing intermediate results to an observer under the names of the
   * modules that gave them, such as {@code blocks.0.attn}.
   */
  public ForwardPass observedBy(BiConsumer<String, Tensor> watcher) {
    return new ForwardPass(ops, dropPath, dropout, watcher);
  }

  /** Returns the ops to compute with. */
  public Ops ops() {
    return ops;
  }

  /** Shows an intermediate result to the observer. */
  public void observe(String name, Tensor tensor) {
    observer.accept(name, tensor);
  }

  /** Drops elements behind the position embedding; x itself where there is no dropout. */
  public Tensor dropEmbedding(Tensor x) {
    return dropout.apply(ops, Dropout.EMBEDDING, x);
  }

  /** Drops elements behind one of a block's three layers, numbered from 0. */
  Tensor dropout(int block, int layer, Tensor x) {
    return dropout.apply(ops, Dropout.layer(block, layer), x);
  }

  /** Returns a branch's factors, one for each image of x, or null where no branch is dropped. */
  float[] dropPath(int branch, double rate, Tensor x) {
    return dropPath == null || rate == 0 ? null : dropPath.factors(branch, rate, x.shape().size(0));
  }
}
