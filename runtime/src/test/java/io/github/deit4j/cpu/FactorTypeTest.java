package io.github.deit4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.autograd.ResidualConnection;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import io.github.deit4j.testing.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What only products read may stand in the type to which they round it: a transformer's block has
 * the same bits, forward and backward. Where BF16 has no machine code that type is float32, and
 * both ways are the same.
 */
@ExtendWith(Seed.class)
class FactorTypeTest {
  private static final float EPSILON = 1e-6f;

  /** A block's sizes and numbers; odd widths are kept in float32. */
  private record Block(
      int images, int tokens, int heads, int width, int hidden, List<float[]> all) {
    static Block random(RandomGenerator random) {
      int images = random.nextInt(1, 4);
      int tokens = random.nextInt(1, 40);
      int heads = random.nextInt(1, 4);
      // Heads of whole panels are projected on the way.
      int width = heads * (random.nextInt(4) == 0 ? 32 : random.nextInt(1, 40));
      int hidden = random.nextInt(1, 150);
      List<float[]> all = new ArrayList<>();
      all.add(Tensors.gaussian(random, (long) images * tokens * width, 1));
      all.add(Tensors.gaussian(random, (long) images * tokens * width, 1));
      for (int size :
          new int[] {
            width,
            width,
            3 * width * width,
            3 * width,
            width * width,
            width,
            width,
            width,
            hidden * width,
            hidden,
            width * hidden,
            width
          }) {
        all.add(Tensors.gaussian(random, size, 0.5));
      }
      return new Block(images, tokens, heads, width, hidden, all);
    }

    /** Returns the output and, with a tape, the gradients of the input and of all parameters. */
    List<float[]> run(Backend backend, boolean factors, boolean taped, boolean prepared) {
      int[][] shapes = {
        {width},
        {width},
        {3 * width, width},
        {3 * width},
        {width, width},
        {width},
        {width},
        {width},
        {hidden, width},
        {hidden},
        {width, hidden},
        {width}
      };
      try (TensorArena arena = backend.arena("test")) {
        Tensor x = Tensors.of(backend, arena, all.get(0), images, tokens, width);
        List<Parameter> p = new ArrayList<>();
        for (int i = 0; i < shapes.length; i++) {
          Tensor value = Tensors.of(backend, arena, all.get(2 + i), shapes[i]);
          Tensor gradient = Tensors.of(backend, arena, all.get(2 + i), shapes[i]);
          p.add(new Parameter("p" + i, value, taped ? gradient : null));
          if (prepared && shapes[i].length == 2) {
            backend.linear().prepare(value);
          }
        }
        Tape tape = taped ? new Tape(backend, arena) : null;
        Ops ops = taped ? Ops.recording(backend, arena, tape) : Ops.inference(backend, arena);
        if (taped) {
          tape.watch(x);
        }
        Tensor y = forward(ops, factors, x, p);
        List<float[]> results = new ArrayList<>();
        results.add(Tensors.floats(backend, y));
        if (taped) {
          tape.addGradient(y, Tensors.of(backend, arena, all.get(1), images, tokens, width));
          tape.backward();
          results.add(Tensors.floats(backend, tape.gradient(x)));
          p.forEach(each -> results.add(Tensors.floats(backend, each.gradient())));
        }
        return results;
      }
    }

    private Tensor forward(Ops ops, boolean factors, Tensor x, List<Parameter> p) {
      Tensor first = norm(ops, factors, x, p.get(0), p.get(1));
      Tensor attended = ops.tokens().attention(first, p.get(2), p.get(3), heads);
      ResidualConnection to = new ResidualConnection(x, null, null, null);
      Tensor middle = ops.linear(attended, p.get(4), p.get(5), to);
      Tensor second = norm(ops, factors, middle, p.get(6), p.get(7));
      ResidualConnection last = new ResidualConnection(middle, null, null, null);
      return ops.feedForward(second, p.get(8), p.get(9), null, p.get(10), p.get(11), last);
    }

    private static Tensor norm(Ops ops, boolean factors, Tensor x, Parameter w, Parameter b) {
      return factors ? ops.layerNormFactor(x, w, b, EPSILON) : ops.layerNorm(x, w, b, EPSILON);
    }
  }

  @Test
  void aBlockHasTheSameBits(RandomGenerator random) {
    try (Backend one = new CpuBackend(1, Precision.BF16);
        Backend three = new CpuBackend(3, Precision.BF16)) {
      for (int round = 0; round < 40; round++) {
        Block block = Block.random(random);
        boolean taped = random.nextBoolean();
        boolean prepared = random.nextBoolean();
        Backend backend = random.nextBoolean() ? one : three;
        List<float[]> expected = block.run(one, false, taped, false);
        List<float[]> actual = block.run(backend, true, taped, prepared);
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
          assertThat(actual.get(i)).as("round %d, result %d", round, i).isEqualTo(expected.get(i));
        }
      }
    }
  }

  @Test
  void itIsTheTypeThatMachineCodeMakesOfFactors() {
    boolean code = Kernels.withoutMachineCode().isEmpty();
    try (Backend bf16 = new CpuBackend(1, Precision.BF16);
        Backend fp32 = new CpuBackend(1)) {
      assertThat(bf16.factorType()).isEqualTo(code ? DType.BF16 : DType.F32);
      assertThat(fp32.factorType()).isEqualTo(DType.F32);
    }
  }

  @Test
  void elsewhereItIsRefused(RandomGenerator random) {
    try (Backend fp32 = new CpuBackend(1);
        Backend bf16 = new CpuBackend(1, Precision.BF16);
        TensorArena arena = fp32.arena("test")) {
      Tensor w = Tensors.of(fp32, arena, Tensors.gaussian(random, 15, 1), 3, 5);
      Tensor b = Tensors.of(fp32, arena, Tensors.gaussian(random, 3, 1), 3);
      Tensor y = arena.allocate(2, 3);
      for (Backend backend : List.of(fp32, bf16)) {
        // Of float32 a factor is refused, of BF16 one of odd width.
        Tensor x = arena.allocate(DType.BF16, Shape.of(2, 5));
        assertThatExceptionOfType(ShapeException.class)
            .isThrownBy(() -> backend.linear().linear(y, x, w, b))
            .withMessageStartingWith("linear: ");
      }
    }
  }
}
