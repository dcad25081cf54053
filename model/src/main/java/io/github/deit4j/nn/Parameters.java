package io.github.deit4j.nn;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.random.Philox;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Makes a model's parameters in one arena and keeps them in the order in which they were made.
 * Where memory runs out, the arena is closed: a part of a model is of no use.
 */
public final class Parameters {
  private final Backend backend;
  private final TensorArena arena;
  private final Predicate<String> trains;
  private final List<Parameter> all = new ArrayList<>();
  private final List<Parameter> buffers = new ArrayList<>();

  /**
   * Starts with none.
   *
   * @param arena the model's arena
   * @param trains whether a parameter gets room for its gradient, by its name
   */
  public Parameters(Backend backend, TensorArena arena, Predicate<String> trains) {
    this.backend = backend;
    this.arena = arena;
    this.trains = trains;
  }

  /** Returns whether a parameter of this name is trained. */
  public boolean trains(String name) {
    return trains.test(name);
  }

  /** Makes a parameter of the given sizes, all zeros. */
  public Parameter add(String name, int... sizes) {
    Parameter parameter = new Parameter(name, zeros(sizes), trains(name) ? zeros(sizes) : null);
    all.add(parameter);
    return parameter;
  }

  /** Makes a tensor that is learned without gradients, all zeros. */
  private Parameter buffer(String name, int... sizes) {
    Parameter buffer = new Parameter(name, zeros(sizes), null);
    buffers.add(buffer);
    return buffer;
  }

  private Tensor zeros(int... sizes) {
    try {
      Tensor tensor = arena.allocate(sizes);
      backend.fill(tensor, 0f);
      return tensor;
    } catch (RuntimeException | OutOfMemoryError e) {
      arena.close();
      throw e;
    }
  }

  /** Makes weight and bias of a linear layer. */
  public Linear linear(String name, int in, int out) {
    return new Linear(add(name + ".weight", out, in), add(name + ".bias", out));
  }

  /** Makes weight and bias of a layer normalisation. */
  public LayerNorm layerNorm(String name, int width) {
    return new LayerNorm(add(name + ".weight", width), add(name + ".bias", width));
  }

  /** Makes the weight of a convolution without bias. */
  public Convolution convolution(String name, int in, int out, int kernel, int stride, int groups) {
    return new Convolution(add(name + ".weight", out, in / groups, kernel, kernel), stride, groups);
  }

  /** Makes weight, bias and running statistics of a batch normalisation. */
  public BatchNorm batchNorm(String name, int channels) {
    return new BatchNorm(
        add(name + ".weight", channels),
        add(name + ".bias", channels),
        buffer(name + ".running_mean", channels),
        buffer(name + ".running_var", channels));
  }

  /** Returns all tensors made so far that are learned without gradients. */
  public List<Parameter> buffers() {
    return List.copyOf(buffers);
  }

  /** Returns all parameters made so far. */
  public List<Parameter> all() {
    return List.copyOf(all);
  }

  /**
   * Gives parameters their first values; each has a random stream of its own.
   *
   * @param elements returns what gives a parameter's elements, one after the other
   */
  public static void draw(
      Backend backend,
      List<Parameter> parameters,
      Purpose purpose,
      long seed,
      BiFunction<Parameter, Philox, DoubleSupplier> elements) {
    IntStream.range(0, parameters.size())
        .parallel()
        .forEach(
            index -> {
              Parameter parameter = parameters.get(index);
              DoubleSupplier next = elements.apply(parameter, purpose.stream(seed, 0, index));
              float[] values = new float[Math.toIntExact(parameter.value().elements())];
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) next.getAsDouble();
              }
              backend.write(parameter.value(), MemorySegment.ofArray(values));
            });
  }
}
