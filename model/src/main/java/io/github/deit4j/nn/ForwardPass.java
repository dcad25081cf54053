package io.github.deit4j.nn;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.tensor.Tensor;
import java.util.function.BiConsumer;

/** What one forward pass needs besides the parameters: ops, random draws, an observer. */
public final class ForwardPass {
  private final Ops ops;
  private final DropPath dropPath;
  private final BiConsumer<String, Tensor> observer; // null for nobody

  private ForwardPass(Ops ops, DropPath dropPath, BiConsumer<String, Tensor> observer) {
    this.ops = ops;
    this.dropPath = dropPath;
    this.observer = observer;
  }

  /** Returns a pass without random parts: evaluation. */
  public static ForwardPass evaluation(Ops ops) {
    return new ForwardPass(ops, null, null);
  }

  /** Returns a pass with stochastic depth: training. */
  public static ForwardPass training(Ops ops, DropPath dropPath) {
    return new ForwardPass(ops, dropPath, null);
  }

  /**
   * Returns the same pass, showing intermediate results to an observer under the names of the
   * modules that gave them, such as {@code blocks.0.attn}.
   */
  public ForwardPass observedBy(BiConsumer<String, Tensor> watcher) {
    return new ForwardPass(ops, dropPath, watcher);
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
    if (isObserved()) {
      observer.accept(name, tensor);
    }
  }

  /** Returns a branch's factors, one for each image of x, or null where no branch is dropped. */
  public float[] dropPath(int branch, double rate, Tensor x) {
    return dropPath == null || rate == 0 ? null : dropPath.factors(branch, rate, x.shape().size(0));
  }
}
