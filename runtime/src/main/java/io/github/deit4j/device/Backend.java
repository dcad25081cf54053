package io.github.deit4j.device;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.op.AttentionOps;
import io.github.deit4j.op.ConvolutionOps;
import io.github.deit4j.op.ElementwiseOps;
import io.github.deit4j.op.LinearOps;
import io.github.deit4j.op.LossOps;
import io.github.deit4j.op.NormalizationOps;
import io.github.deit4j.op.OpFamilies;
import io.github.deit4j.op.OpRunner;
import io.github.deit4j.op.OptimizerOps;
import io.github.deit4j.op.PixelOps;
import io.github.deit4j.op.RecordedStep;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;

/**
 * What a model needs of the hardware: memory, and families of ops, forward and backward.
 *
 * <p>Ops write to given tensors and allocate none. Activation gradients are overwritten, parameter
 * gradients are added to. Shapes are checked first, and a {@link
 * io.github.deit4j.tensor.ShapeException} leaves every output untouched. In the shapes of the
 * families, B is images, N tokens, D the embedding width, C classes or channels, R rows (any
 * leading dimensions together). Everything is float32 unless said otherwise; activations and their
 * gradients may also be of {@link OpRunner#activationType}, all of an op then.
 */
public interface Backend extends AutoCloseable {
  /** Returns the name by which it is chosen, such as {@code cpu}. */
  String name();

  /** Returns one line about what it runs on. */
  String description();

  /**
   * Returns what its results depend on to the last bit, beside what it is given: two backends that
   * say the same give the same.
   */
  default String arithmetic() {
    return name();
  }

  /**
   * Opens the shortest way by which this backend and those of other ranks hand each other tensors.
   * All ranks call it, each with a backend of its own. The bits are those of every other way.
   *
   * @throws io.github.deit4j.collective.CollectiveException if it cannot be opened
   */
  default Communicator communicator(Collective ranks) throws InterruptedException {
    return new HostCommunicator(this, ranks);
  }

  /**
   * Opens an arena in this backend's memory.
   *
   * @param name what it is for, used in messages
   * @param limit the most bytes it may take
   */
  TensorArena arena(String name, long limit);

  /** Opens an arena that may take all the memory there is. */
  default TensorArena arena(String name) {
    return arena(name, Long.MAX_VALUE);
  }

  /** Opens several such arenas, or none of them if one cannot be opened. */
  default List<TensorArena> arenas(String... names) {
    List<TensorArena> arenas = new ArrayList<>();
    try {
      for (String name : names) {
        arenas.add(arena(name));
      }
    } catch (RuntimeException | Error e) {
      arenas.forEach(TensorArena::close);
      throw e;
    }
    return arenas;
  }

  /** Returns the ops. */
  OpFamilies families();

  /** Returns the matrix products of linear layers. */
  default LinearOps linear() {
    return families().linear();
  }

  /** Returns layer and batch normalisation. */
  default NormalizationOps normalization() {
    return families().normalization();
  }

  /** Returns attention. */
  default AttentionOps attention() {
    return families().attention();
  }

  /** Returns convolutions and the other ops on feature maps. */
  default ConvolutionOps convolution() {
    return families().convolution();
  }

  /** Returns the ops on images, and on their way to tokens. */
  default PixelOps pixels() {
    return families().pixels();
  }

  /** Returns sums, activations and dropout. */
  default ElementwiseOps elementwise() {
    return families().elementwise();
  }

  /** Returns losses and scores. */
  default LossOps loss() {
    return families().loss();
  }

  /** Returns parameter updates. */
  default OptimizerOps optimizer() {
    return families().optimizer();
  }

  /**
   * Returns the type in which this device keeps what only its matrix products read: {@link
   * OpRunner#factorType}.
   */
  default DType factorType() {
    return families().runner().factorType();
  }

  /**
   * Returns the type in which this device keeps activations and their gradients: {@link
   * OpRunner#activationType}.
   */
  default DType activationType() {
    return families().runner().activationType();
  }

  /** Copies host memory, of the tensor's size in bytes, into the tensor. */
  default void write(Tensor to, MemorySegment from) {
    families().runner().write(to, from);
  }

  /** Copies pieces of host memory, together of the tensor's size, one after the other. */
  default void write(Tensor to, List<MemorySegment> from) {
    families().runner().write(to, from);
  }

  /** Copies a tensor to host memory of its size in bytes. */
  default void read(MemorySegment to, Tensor from) {
    families().runner().read(to, from);
  }

  /**
   * Copies a tensor as it is by now to host memory of its size in bytes, which holds the numbers
   * when that was waited for: {@link OpRunner#readLater}.
   */
  default OpRunner.Readback readLater(MemorySegment to, Tensor from) {
    return families().runner().readLater(to, from);
  }

  /** Copies {@code from} to {@code to}, of the same shape and type. */
  default void copy(Tensor to, Tensor from) {
    families().runner().copy(to, from);
  }

  /**
   * Begins a step that is taken again and again, whose ops a device may be given as one piece: see
   * {@link RecordedStep}. Changes no result.
   */
  default RecordedStep recordStep() {
    return families().runner().recordStep();
  }

  /** Sets every element. */
  default void fill(Tensor x, float value) {
    families().runner().fill(x, value);
  }

  /** Sets every element of several tensors; on a device at once. */
  default void fill(List<Tensor> tensors, float value) {
    families().runner().fill(tensors, value);
  }

  /**
   * Tells an observer of every op from now on, and waits for the end of each.
   *
   * @param observer null for none
   */
  default void observe(OpRunner.Observer observer) {
    families().runner().observe(observer);
  }

  /** Returns the numbers of a float32 tensor, or of an {@link #activationType activation}. */
  default float[] toArray(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.elements())];
    if (tensor.dtype() == DType.BF16 && activationType() == DType.BF16) {
      short[] halves = new short[values.length];
      read(MemorySegment.ofArray(halves), tensor);
      for (int i = 0; i < halves.length; i++) {
        values[i] = Float.intBitsToFloat(halves[i] << 16);
      }
    } else {
      read(MemorySegment.ofArray(values), tensor);
    }
    return values;
  }

  /**
   * Returns how many images of a batch a forward pass without gradients should take at once. By
   * default all, for devices that a single op has to fill.
   *
   * @param batch images, at least one
   * @param numbers of an image
   */
  default int inferenceSlice(int batch, long numbers) {
    return batch;
  }

  /**
   * Runs the tasks 0 to {@code tasks} − 1, which call ops on different outputs, in any order and
   * perhaps side by side, and returns when all are done.
   */
  default void forEach(int tasks, IntConsumer task) {
    for (int index = 0; index < tasks; index++) {
      task.accept(index);
    }
  }

  /**
   * Makes the first training step of a DeiT about as fast as later ones, where a new process would
   * run it slowly: on the CPU the JVM compiles the kernels while they work on made-up numbers.
   * Takes two threads some seconds the first time; meant for a thread of its own while files are
   * read, with a wait for its end before the step. Changes no result, and nothing has to call it.
   */
  default void warmUp() {}

  /**
   * Returns a backend that checks ops and does not do them, in arenas that take no memory: from it
   * one learns what a model and its passes would take of the host's memory on this one. Nothing for
   * a device with memory of its own.
   *
   * @param reserved hears the bytes of each piece that an arena would take
   */
  default Optional<Backend> withoutMemory(LongConsumer reserved) {
    return Optional.empty();
  }

  /**
   * Waits until all work so far is done, where ops are queued on a device; elsewhere it is done
   * when an op returns.
   *
   * @throws DeviceException.Failed if it has failed
   */
  default void synchronize() {}

  /**
   * Ends the backend's threads or device context. Arenas stay the caller's to close; an op or a new
   * arena is an {@link IllegalStateException} from now on.
   */
  @Override
  void close();
}
