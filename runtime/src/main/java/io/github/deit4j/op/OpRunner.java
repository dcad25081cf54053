package io.github.deit4j.op;

import io.github.deit4j.tensor.Tensor;
import java.util.List;

/**
 * How a device does ops: all families of a backend share one runner. Every op passes through here
 * once its operands have been checked, so what a device does before and after each stands in one
 * place.
 */
public abstract class OpRunner {
  private volatile Observer observer;

  /** Is told of the ops that a backend has done. */
  @FunctionalInterface
  public interface Observer {
    /**
     * An op has ended.
     *
     * @param op its name, which is its method's
     * @param operands as given to that; some may be null
     * @param nanos how long it took
     */
    void done(String op, Object[] operands, long nanos);
  }

  /** Creates a runner that nobody observes. */
  protected OpRunner() {}

  /** Does an op, or queues it where a device works behind the host's back. */
  protected abstract void execute(Runnable op);

  /** Waits until all ops so far are done; here they are when {@link #execute} returns. */
  protected void await() {}

  /**
   * Drops what is kept of weights in another layout if they share memory with a tensor that is
   * about to change. Runs within the op that changes it.
   */
  protected abstract void forget(Tensor changed);

  /**
   * Tells an observer of every op from now on, and waits for the end of each.
   *
   * @param next null for none
   */
  public final void observe(Observer next) {
    observer = next;
  }

  /** Runs an op whose operands have been checked. */
  final void run(String op, Runnable work, Object... operands) {
    Observer watching = observer;
    if (watching == null) {
      execute(work);
      return;
    }
    long start = System.nanoTime();
    execute(work);
    await();
    watching.done(op, operands, System.nanoTime() - start);
  }

  /** Runs an op that changes tensors which may be weights in use. */
  final void update(String op, List<Tensor> changed, Runnable work, Object... operands) {
    run(
        op,
        () -> {
          changed.forEach(this::forget);
          work.run();
        },
        operands);
  }
}
