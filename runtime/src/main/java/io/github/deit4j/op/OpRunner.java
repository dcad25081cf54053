package io.github.deit4j.op;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * How a device does ops: all families of a backend share one runner. Every op passes through here
 * once its operands have been checked, so what a device does before and after each stands in one
 * place. Copies of whole tensors belong to no family and are ops of the runner itself.
 */
public abstract class OpRunner {
  private volatile Observer observer;

  /** The name of the backend once that is closed, null before. */
  private volatile String closed;

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

  /** A copy of a tensor on its way to the host. */
  public interface Readback {
    /** One that has arrived. */
    Readback DONE =
        new Readback() {
          @Override
          public boolean isDone() {
            return true;
          }

          @Override
          public void await() {}
        };

    /**
     * Returns whether the numbers are there for certain, so that nobody need wait. Does not ask a
     * device: where ops are queued it is false until {@link #await} was called.
     */
    boolean isDone();

    /**
     * Waits until the numbers are there, and for no work queued after the copy.
     *
     * @throws RuntimeException the device's, if the work has failed
     */
    void await();
  }

  /** Creates a runner that nobody observes. */
  protected OpRunner() {}

  /**
   * Returns the type in which this device keeps what nobody but its matrix products reads: bfloat16
   * if they would round it to that anyway. Results have the same bits, and half the bytes move. How
   * such numbers lie is the device's own affair.
   */
  public DType factorType() {
    return DType.F32;
  }

  /**
   * Returns the type in which this device keeps activations and their gradients between ops:
   * bfloat16 if it was told to compute in that and gains by half the bytes. Each such tensor is
   * rounded once, by the op that makes it. Ops take float32 too; what an op works on is all of one
   * type.
   */
  public DType activationType() {
    return DType.F32;
  }

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

  /** Refuses every op from now on, because the backend of that name is closed. */
  public final void close(String backend) {
    closed = backend;
  }

  /**
   * Requires that the backend is open.
   *
   * @throws IllegalStateException if {@link #close} was called
   */
  public final void requireOpen() {
    String backend = closed;
    if (backend != null) {
      throw new IllegalStateException(
          "backend %s is closed: use it before, or select another".formatted(backend));
    }
  }

  /** Runs an op whose operands have been checked. */
  final void run(String op, Runnable work, Object... operands) {
    requireOpen();
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

  /**
   * Begins a step of the calling thread that is like others before and after it: see {@link
   * RecordedStep}. While somebody observes ops, they are done as they come.
   */
  public final RecordedStep recordStep() {
    requireOpen();
    return observer == null ? recordOps() : RecordedStep.NONE;
  }

  /** The same; a device that does ops when they are called has no use for it. */
  protected RecordedStep recordOps() {
    return RecordedStep.NONE;
  }

  /** Copies host memory, of the tensor's size in bytes, into the tensor. */
  public final void write(Tensor to, MemorySegment from) {
    checkHost("write", to, from.byteSize());
    update("write", List.of(to), () -> copyIn(to, List.of(from)), to, from);
  }

  /** Copies pieces of host memory, together of the tensor's size, one after the other. */
  public final void write(Tensor to, List<MemorySegment> from) {
    checkHost("write", to, from.stream().mapToLong(MemorySegment::byteSize).sum());
    update("write", List.of(to), () -> copyIn(to, from), to, from);
  }

  /** Copies a tensor to host memory of its size in bytes. */
  public final void read(MemorySegment to, Tensor from) {
    checkHost("read", from, to.byteSize());
    run("read", () -> copyOut(to, from), to, from);
  }

  /**
   * Copies a tensor as it is by now to host memory of its size in bytes, later where a device works
   * behind the host's back. The tensor may be changed at once; the host's memory holds its numbers
   * from {@link Readback#await} on. Whoever asks for it waits for it, unless the work has failed.
   */
  public final Readback readLater(MemorySegment to, Tensor from) {
    checkHost("read", from, to.byteSize());
    Readback[] copy = {Readback.DONE};
    run("read", () -> copy[0] = copyOutLater(to, from), to, from);
    return copy[0];
  }

  /** Copies {@code from} to {@code to}, of the same shape and type. */
  public final void copy(Tensor to, Tensor from) {
    Checks.exactly("copy", "to", to, from.dtype(), from.shape());
    update("copy", List.of(to), () -> copyAcross(to, from), to, from);
  }

  /** Sets every element of a float32 tensor or of an {@link #activationType activation}. */
  public final void fill(Tensor x, float value) {
    Checks.activation("fill", "x", x, this, x.elements());
    update("fill", List.of(x), () -> fill(x.elements(), x, value), x, value);
  }

  /** Sets every element of several float32 tensors. */
  public final void fill(List<Tensor> tensors, float value) {
    tensors.forEach(each -> Checks.elements("fill", "x", each, each.elements()));
    if (!tensors.isEmpty()) {
      update("fill", tensors, () -> fillAll(tensors, value), tensors, value);
    }
  }

  private static void checkHost(String op, Tensor x, long found) {
    long expected = x.elements() * x.dtype().bytes();
    if (found != expected) {
      throw new ShapeException(
          "%s: %s takes %d bytes of host memory, found %d".formatted(op, x, expected, found));
    }
  }

  /** Copies pieces from the host, one after the other. */
  protected abstract void copyIn(Tensor to, List<MemorySegment> from);

  /** Copies to the host, once the work that makes the tensor is done. */
  protected abstract void copyOut(MemorySegment to, Tensor from);

  /** The same without waiting for that work; a device that can do so overrides it. */
  protected Readback copyOutLater(MemorySegment to, Tensor from) {
    copyOut(to, from);
    return Readback.DONE;
  }

  /** Copies from tensor to tensor. */
  protected abstract void copyAcross(Tensor to, Tensor from);

  protected abstract void fill(long count, Tensor x, float value);

  /** Sets several, one or more; a device that can do so at once overrides it. */
  protected void fillAll(List<Tensor> tensors, float value) {
    tensors.forEach(each -> fill(each.elements(), each, value));
  }
}
