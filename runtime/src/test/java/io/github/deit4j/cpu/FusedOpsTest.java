package io.github.deit4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.AttentionOps.Projection;
import io.github.deit4j.op.LinearEpilogue;
import io.github.deit4j.op.Residual;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Seed;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Fused ops give the bits of the ops that they are made of, on any number of threads. */
@ExtendWith(Seed.class)
class FusedOpsTest {
  private static final int ROUNDS = 60;

  /** The operands of one case, the same for every backend. */
  private record Operands(
      int images,
      int tokens,
      int in,
      int out,
      float[] x,
      float[] w,
      float[] b,
      float[] base,
      float[] scale,
      float[] factors) {
    static Operands random(RandomGenerator random) {
      return random(random, random.nextInt(1, 150));
    }

    /** With so many output channels. */
    static Operands random(RandomGenerator random, int out) {
      int images = random.nextInt(1, 5);
      int tokens = random.nextInt(1, 60);
      int in = random.nextInt(1, 50);
      return new Operands(
          images,
          tokens,
          in,
          out,
          gaussian(random, images * tokens * in),
          gaussian(random, out * in),
          gaussian(random, out),
          gaussian(random, images * tokens * out),
          random.nextBoolean() ? null : gaussian(random, out),
          random.nextBoolean() ? null : gaussian(random, images));
    }

    private static float[] gaussian(RandomGenerator random, int size) {
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return values;
    }
  }

  @FunctionalInterface
  private interface Op {
    Tensor run(Backend backend, TensorArena arena, Operands operands);
  }

  @Test
  void linearAndGelu(RandomGenerator random) {
    compare(
        random,
        (backend, arena, o) -> {
          Tensor pre = arena.allocate(o.images, o.tokens, o.out);
          Tensor y = arena.allocate(o.images, o.tokens, o.out);
          backend
              .linear()
              .linear(pre, x(backend, arena, o), w(backend, arena, o), b(backend, arena, o));
          backend.elementwise().gelu(y, pre);
          return y;
        },
        (backend, arena, o) -> {
          Tensor y = arena.allocate(o.images, o.tokens, o.out);
          Tensor pre = o.factors == null ? null : arena.allocate(o.images, o.tokens, o.out);
          Tensor w = w(backend, arena, o);
          var gelu = new LinearEpilogue.Gelu(pre);
          backend.linear().linear(y, x(backend, arena, o), w, b(backend, arena, o), gelu);
          return y;
        });
  }

  @Test
  void linearAndResidual(RandomGenerator random) {
    compare(
        random,
        (backend, arena, o) -> {
          Tensor branch = arena.allocate(o.images, o.tokens, o.out);
          Tensor y = arena.allocate(o.images, o.tokens, o.out);
          backend
              .linear()
              .linear(branch, x(backend, arena, o), w(backend, arena, o), b(backend, arena, o));
          backend.elementwise().addBranch(y, residual(backend, arena, o), branch);
          return y;
        },
        (backend, arena, o) -> {
          Tensor y = arena.allocate(o.images, o.tokens, o.out);
          Tensor x = x(backend, arena, o);
          Tensor w = w(backend, arena, o);
          backend.linear().prepare(w);
          var add = new LinearEpilogue.Add(residual(backend, arena, o), null);
          backend.linear().linear(y, x, w, b(backend, arena, o), add);
          return y;
        });
  }

  @Test
  void linearInputGradientThroughGelu(RandomGenerator random) {
    compare(
        random,
        (backend, arena, o) -> {
          Tensor between = arena.allocate(o.images, o.tokens, o.in);
          Tensor dx = arena.allocate(o.images, o.tokens, o.in);
          backend
              .linear()
              .linearInputGradient(between, base(backend, arena, o), w(backend, arena, o));
          backend.elementwise().geluBackward(dx, between, x(backend, arena, o));
          return dx;
        },
        (backend, arena, o) -> {
          Tensor dx = arena.allocate(o.images, o.tokens, o.in);
          Tensor dy = base(backend, arena, o);
          backend.linear().linearInputGradient(dx, dy, w(backend, arena, o), x(backend, arena, o));
          return dx;
        });
  }

  @Test
  void feedForward(RandomGenerator random) {
    compare(
        random,
        (backend, arena, o) -> mlp(backend, arena, o, false),
        (backend, arena, o) -> mlp(backend, arena, o, true));
  }

  /** From in to in and on to out channels. */
  private static Tensor mlp(Backend backend, TensorArena arena, Operands o, boolean fused) {
    Tensor square = arena.allocate(o.in, o.in);
    backend.fill(square, 0.3f);
    Tensor bias = arena.allocate(o.in);
    backend.fill(bias, -0.2f);
    Tensor w = w(backend, arena, o);
    Tensor hidden = arena.allocate(o.images, o.tokens, o.in);
    Tensor y = arena.allocate(o.images, o.tokens, o.out);
    var add = new LinearEpilogue.Add(residual(backend, arena, o), null);
    if (fused) {
      if (o.factors != null) {
        backend.linear().prepare(square);
        backend.linear().prepare(w);
      }
      Tensor b = b(backend, arena, o);
      backend.linear().feedForward(y, hidden, x(backend, arena, o), square, bias, w, b, add);
    } else {
      backend.linear().linear(hidden, x(backend, arena, o), square, bias);
      backend.elementwise().gelu(hidden, hidden);
      backend.linear().linear(y, hidden, w, b(backend, arena, o), add);
    }
    return y;
  }

  @Test
  void attentionOfAProjection(RandomGenerator random) {
    int heads = 2;
    // Some are as wide as panels of weights.
    int[] widths = {1, 8, 13, 16, 48, 64, 128};
    compare(
        () -> Operands.random(random, 3 * heads * widths[random.nextInt(widths.length)]),
        (backend, arena, o) -> attention(backend, arena, o, heads, false),
        (backend, arena, o) -> attention(backend, arena, o, heads, true));
  }

  private static Tensor attention(
      Backend backend, TensorArena arena, Operands o, int heads, boolean fused) {
    Tensor x = x(backend, arena, o);
    Tensor w = w(backend, arena, o);
    Tensor b = b(backend, arena, o);
    Tensor qkv = arena.allocate(o.images, o.tokens, o.out);
    Tensor max = arena.allocate(o.images, heads, o.tokens);
    Tensor reciprocal = arena.allocate(o.images, heads, o.tokens);
    Tensor y = arena.allocate(o.images, o.tokens, o.out / 3);
    if (fused) {
      if (o.factors != null) {
        backend.linear().prepare(w);
      }
      var projection = new Projection(x, w, b);
      backend.attention().attention(y, max, reciprocal, qkv, heads, projection);
    } else {
      backend.linear().linear(qkv, x, w, b);
      backend.attention().attention(y, max, reciprocal, qkv, heads);
    }
    return y;
  }

  private static Tensor x(Backend backend, TensorArena arena, Operands o) {
    return tensor(backend, arena.allocate(o.images, o.tokens, o.in), o.x);
  }

  private static Tensor w(Backend backend, TensorArena arena, Operands o) {
    return tensor(backend, arena.allocate(o.out, o.in), o.w);
  }

  private static Tensor b(Backend backend, TensorArena arena, Operands o) {
    return tensor(backend, arena.allocate(o.out), o.b);
  }

  private static Tensor base(Backend backend, TensorArena arena, Operands o) {
    return tensor(backend, arena.allocate(o.images, o.tokens, o.out), o.base);
  }

  private static Residual residual(Backend backend, TensorArena arena, Operands o) {
    Tensor scale = o.scale == null ? null : tensor(backend, arena.allocate(o.out), o.scale);
    return new Residual(base(backend, arena, o), o.factors, scale);
  }

  /** The branch's own numbers are kept for the gradient of the scale. */
  @Test
  void keptBranch(RandomGenerator random) {
    compare(
        random,
        (backend, arena, o) -> {
          Tensor branch = arena.allocate(o.images, o.tokens, o.out);
          Tensor w = w(backend, arena, o);
          backend.linear().linear(branch, x(backend, arena, o), w, b(backend, arena, o));
          return branch;
        },
        (backend, arena, o) -> {
          Tensor branch = arena.allocate(o.images, o.tokens, o.out);
          Tensor y = arena.allocate(o.images, o.tokens, o.out);
          Tensor w = w(backend, arena, o);
          var add = new LinearEpilogue.Add(residual(backend, arena, o), branch);
          backend.linear().linear(y, x(backend, arena, o), w, b(backend, arena, o), add);
          return branch;
        });
  }

  private static Tensor tensor(Backend backend, Tensor to, float[] values) {
    backend.write(to, MemorySegment.ofArray(values));
    return to;
  }

  private static void compare(RandomGenerator random, Op parts, Op fused) {
    compare(() -> Operands.random(random), parts, fused);
  }

  private static void compare(Supplier<Operands> random, Op parts, Op fused) {
    try (var scalar = new CpuBackend(1, Kernels.scalar());
        var one = new CpuBackend(1, Kernels.vector());
        var three = new CpuBackend(3, Kernels.vector())) {
      for (int round = 0; round < ROUNDS; round++) {
        Operands operands = random.get();
        int[] expected = bits(scalar, parts, operands);
        assertThat(bits(scalar, fused, operands)).as("scalar").containsExactly(expected);
        assertThat(bits(one, fused, operands)).as("1 thread").containsExactly(expected);
        assertThat(bits(three, fused, operands)).as("3 threads").containsExactly(expected);
      }
    }
  }

  private static int[] bits(Backend backend, Op op, Operands operands) {
    try (TensorArena arena = backend.arena("test", Long.MAX_VALUE)) {
      Tensor result = op.run(backend, arena, operands);
      int[] bits = new int[Math.toIntExact(result.elements())];
      backend.read(MemorySegment.ofArray(bits), result);
      return bits;
    }
  }
}
