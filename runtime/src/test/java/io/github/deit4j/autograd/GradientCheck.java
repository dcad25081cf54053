package io.github.deit4j.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Compares an op's forward with the same in double, and its gradients with central differences of
 * the double one.
 *
 * @param backend under test
 * @param arena for operands and results
 */
record GradientCheck(Backend backend, TensorArena arena) {
  private static final double STEP = 1e-6;
  private static final double RTOL = 1e-3;
  private static final double ATOL = 1e-5;

  /** Elements of an operand whose gradient is checked. */
  private static final int CHECKED = 40;

  /** An operand's shape, and the standard deviation of its Gaussian numbers. */
  record Operand(Shape shape, double deviation) {
    Operand(Shape shape) {
      this(shape, 1);
    }

    /** A layer's weight [out, in], scaled so that its results are as large as its inputs. */
    static Operand weight(int out, int in) {
      return new Operand(Shape.of(out, in), 1 / Math.sqrt(in));
    }
  }

  @FunctionalInterface
  interface FloatOp {
    Tensor apply(Ops ops, List<Parameter> operands);
  }

  /** An op of several results. */
  @FunctionalInterface
  interface FloatOps {
    List<Tensor> apply(Ops ops, List<Parameter> operands);
  }

  @FunctionalInterface
  interface DoubleOp {
    double[] apply(double[][] operands);
  }

  /** What gradients are of. */
  @FunctionalInterface
  interface Objective {
    double value();
  }

  /** Checks an op at Gaussian operands of the given shapes. */
  void run(RandomGenerator random, FloatOp op, DoubleOp reference, Shape... shapes) {
    runAll(random, one(op), reference, shapes);
  }

  /** Checks an op at Gaussian operands. */
  void run(RandomGenerator random, FloatOp op, DoubleOp reference, Operand... operands) {
    runAll(random, one(op), reference, operands);
  }

  private static FloatOps one(FloatOp op) {
    return (ops, operands) -> List.of(op.apply(ops, operands));
  }

  /** Checks an op of several results, of which {@code reference} gives one behind the other. */
  void runAll(RandomGenerator random, FloatOps op, DoubleOp reference, Shape... shapes) {
    Operand[] operands = Arrays.stream(shapes).map(Operand::new).toArray(Operand[]::new);
    runAll(random, op, reference, operands);
  }

  private void runAll(RandomGenerator random, FloatOps op, DoubleOp reference, Operand... drawn) {
    var tape = new Tape(backend, arena);
    var operands = new ArrayList<Parameter>();
    double[][] inputs = new double[drawn.length][];
    for (int i = 0; i < drawn.length; i++) {
      Shape shape = drawn[i].shape();
      inputs[i] = gaussian(random, shape.elements(), drawn[i].deviation());
      Tensor gradient = tensor(shape, new double[inputs[i].length]);
      operands.add(new Parameter("operand " + i, tensor(shape, inputs[i]), gradient));
      tape.watch(operands.getLast().value());
    }
    List<Tensor> outputs = op.apply(Ops.recording(backend, arena, tape), operands);
    assertClose("output", concat(outputs), reference.apply(inputs));

    for (Tensor output : outputs) {
      double[] weights = gaussian(random, output.elements());
      tape.addGradient(output, tensor(output.shape(), weights));
    }
    double[] weights = concat(outputs.stream().map(tape::gradient).toList());
    tape.backward();
    for (int i = 0; i < drawn.length; i++) {
      // Activations have their gradient on the tape, parameters beside their values.
      Tensor onTape = tape.gradient(operands.get(i).value());
      double[] got = floats(onTape == null ? operands.get(i).gradient() : onTape);
      String name = "gradient of operand %d of %s".formatted(i, Arrays.toString(drawn));
      checkGradient(name, random, got, inputs[i], () -> dot(weights, reference.apply(inputs)));
    }
  }

  /**
   * Compares with central differences at some elements of {@code x}, left as it was.
   *
   * @param got the gradient of {@code x}
   * @param objective reads {@code x}
   */
  void checkGradient(
      String name, RandomGenerator random, double[] got, double[] x, Objective objective) {
    double largest = Math.max(1, Arrays.stream(got).map(Math::abs).max().orElse(0));
    for (int k = 0; k < Math.min(CHECKED, x.length); k++) {
      int i = x.length <= CHECKED ? k : random.nextInt(x.length);
      double kept = x[i];
      x[i] = kept + STEP;
      double above = objective.value();
      x[i] = kept - STEP;
      double below = objective.value();
      x[i] = kept;
      double slope = (above - below) / (2 * STEP);
      assertThat(got[i])
          .as("%s at %d", name, i)
          .isCloseTo(slope, within(ATOL * largest + RTOL * Math.abs(slope)));
    }
  }

  /** Compares results with those of a reference in double. */
  void assertClose(String name, double[] got, double[] expected) {
    assertThat(got).as(name).hasSameSizeAs(expected);
    for (int i = 0; i < got.length; i++) {
      assertThat(got[i])
          .as("%s at %d", name, i)
          .isCloseTo(expected[i], within(ATOL + ATOL * Math.abs(expected[i])));
    }
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  private double[] concat(List<Tensor> tensors) {
    return tensors.stream().flatMapToDouble(tensor -> Arrays.stream(floats(tensor))).toArray();
  }

  /** Returns a tensor of numbers, rounded to float32. */
  Tensor tensor(Shape shape, double[] values) {
    Tensor tensor = arena.allocate(DType.F32, shape);
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    backend.write(tensor, MemorySegment.ofArray(floats));
    return tensor;
  }

  /** Returns a tensor's numbers. */
  double[] floats(Tensor tensor) {
    return widened(Tensors.floats(backend, tensor));
  }

  /** Numbers that float32 can hold, so that both ops see the same. */
  static double[] gaussian(RandomGenerator random, long count) {
    return gaussian(random, count, 1);
  }

  private static double[] gaussian(RandomGenerator random, long count, double deviation) {
    return widened(Tensors.gaussian(random, count, deviation));
  }

  private static double[] widened(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }
}
