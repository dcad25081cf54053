package io.github.deit4j.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Numbers are small integers wherever results are compared, so that float32 is exact. */
class TapeTest {
  private final Backend backend = new CpuBackend(1);
  private final TensorArena arena = backend.arena("test", Long.MAX_VALUE);
  private final Tape tape = new Tape(backend, arena);
  private final Ops ops = Ops.recording(backend, arena, tape);

  @AfterEach
  void close() {
    arena.close();
    backend.close();
  }

  private Tensor tensor(int[] sizes, float... values) {
    Tensor tensor = arena.allocate(sizes);
    tensor.segment().copyFrom(MemorySegment.ofArray(values));
    return tensor;
  }

  private Tensor matrix(int rows, int columns, float... values) {
    return tensor(new int[] {rows, columns}, values);
  }

  private Parameter trained(Tensor value) {
    Tensor gradient = arena.allocate(value.dtype(), value.shape());
    backend.fill(gradient, 0f);
    return new Parameter("trained", value, gradient);
  }

  private static Parameter frozen(Tensor value) {
    return new Parameter("frozen", value, null);
  }

  private static float[] floats(Tensor tensor) {
    return tensor.segment().toArray(JAVA_FLOAT);
  }

  private Tensor watched(Tensor tensor) {
    tape.watch(tensor);
    return tensor;
  }

  /** Multiplies x [R, 2] by a number. */
  private Tensor times(Tensor x, float factor) {
    Tensor bias = matrix(1, 2, 0, 0).reshape(2);
    return ops.linear(x, frozen(matrix(2, 2, factor, 0, 0, factor)), frozen(bias));
  }

  @Test
  void addsUpTheGradientsOfASharedTensor() {
    Tensor x = watched(matrix(1, 2, 1, 2));
    Tensor shared = times(x, 3);
    Tensor sum = ops.addBranch(times(shared, 5), times(shared, 7), null);
    tape.addGradient(sum, matrix(1, 2, 1, 10));
    tape.backward();
    assertThat(floats(tape.gradient(x))).containsExactly(36, 360);
  }

  @Test
  void addsATensorsGradientTwiceWhereItIsBothOperands() {
    Tensor x = watched(matrix(1, 2, 1, 2));
    Tensor y = ops.addBranch(x, x, null);
    tape.addGradient(y, matrix(1, 2, 3, 4));
    tape.backward();
    assertThat(floats(tape.gradient(x))).containsExactly(6, 8);
  }

  @Test
  void joinsTheNormalisedBranchWithItsResidualConnection() {
    // On (−1, 1) with weight 1 the normalisation has no derivative but that of epsilon, which a
    // weight of 0 removes: what arrives at x is the residual connection's gradient alone.
    Tensor x = watched(matrix(1, 2, -1, 1));
    Parameter weight = trained(matrix(1, 2, 0, 0).reshape(2));
    Parameter bias = trained(matrix(1, 2, 0, 0).reshape(2));
    Tensor y = ops.addBranch(x, ops.layerNorm(x, weight, bias, 1e-6f), null);
    Tensor gradient = matrix(1, 2, 3, 4);
    tape.addGradient(y, gradient);
    tape.backward();
    assertThat(floats(tape.gradient(x))).containsExactly(3, 4);
    assertThat(floats(bias.gradient())).containsExactly(3, 4);
    assertThat(floats(gradient)).as("the shared gradient").containsExactly(3, 4);
  }

  @Test
  void normalisedTensorMayHaveAnEarlierUseToo() {
    Tensor x = watched(matrix(1, 2, -1, 1));
    Tensor doubled = times(x, 2);
    Parameter weight = frozen(matrix(1, 2, 0, 0).reshape(2));
    Tensor normalized = ops.layerNorm(x, weight, weight, 1e-6f);
    Tensor y = ops.addBranch(ops.addBranch(x, normalized, null), doubled, null);
    tape.addGradient(y, matrix(1, 2, 3, 4));
    tape.backward();
    assertThat(floats(tape.gradient(x))).containsExactly(9, 12);
  }

  @Test
  void leavesTheGradientOfALossUnchanged() {
    Tensor x = watched(matrix(1, 2, 1, 2));
    Tensor y = ops.addBranch(x, times(x, 2), null);
    Tensor first = matrix(1, 2, 1, 1);
    Tensor second = matrix(1, 2, 10, 20);
    tape.addGradient(y, first);
    tape.addGradient(y, second);
    tape.backward();
    assertThat(floats(tape.gradient(x))).containsExactly(33, 63);
    assertThat(floats(first)).containsExactly(1, 1);
    assertThat(floats(second)).containsExactly(10, 20);
  }

  @Test
  void tokenWithoutGradientCountsAsZero() {
    Tensor x = watched(tensor(new int[] {1, 3, 2}, 1, 2, 3, 4, 5, 6));
    List<Tensor> tokens = ops.tokens().firstTokens(x, 2);
    tape.addGradient(tokens.get(1), matrix(1, 2, 7, 8));
    tape.backward();
    assertThat(floats(tape.gradient(x))).containsExactly(0, 0, 7, 8, 0, 0);
  }

  @Test
  void opOnWhichNoLossDependsIsNotPlayed() {
    Tensor x = watched(matrix(1, 2, 1, 2));
    Parameter weight = trained(matrix(2, 2, 1, 1, 1, 1));
    Parameter bias = trained(matrix(1, 2, 0, 0).reshape(2));
    Tensor unused = ops.linear(x, weight, bias);
    tape.addGradient(times(x, 2), matrix(1, 2, 1, 1));
    tape.backward();
    assertThat(tape.gradient(unused)).isNull();
    assertThat(floats(weight.gradient())).containsOnly(0);
    assertThat(floats(bias.gradient())).containsOnly(0);
    assertThat(floats(tape.gradient(x))).containsExactly(2, 2);
  }

  @Test
  void addsToParameterGradientsOverPasses() {
    Parameter weight = trained(matrix(1, 2, 5, 6));
    Parameter bias = trained(matrix(1, 1, 0).reshape(1));
    for (int pass = 1; pass <= 2; pass++) {
      Tape own = new Tape(backend, arena);
      Tensor x = matrix(2, 2, 1, 2, 3, 4);
      Tensor y = Ops.recording(backend, arena, own).linear(x, weight, bias);
      own.addGradient(y, matrix(2, 1, 10, 1));
      own.backward();
      assertThat(floats(weight.gradient())).containsExactly(13 * pass, 24 * pass);
      assertThat(floats(bias.gradient())).containsExactly(11 * pass);
      assertThat(own.gradient(x)).as("gradient nobody asked for").isNull();
    }
  }

  @Test
  void playsEachOpOnce() {
    Parameter weight = trained(matrix(1, 2, 5, 6));
    Parameter bias = trained(matrix(1, 1, 0).reshape(1));
    Tensor y = ops.linear(matrix(1, 2, 1, 2), weight, bias);
    tape.addGradient(y, matrix(1, 1, 1));
    tape.backward();
    tape.backward();
    assertThat(floats(weight.gradient())).containsExactly(1, 2);
  }

  @Test
  void frozenParametersPassTheGradientOn() {
    Tensor patches = watched(tensor(new int[] {1, 1, 2}, 1, 2));
    Tensor zeros = matrix(1, 2, 0, 0);
    Tensor x =
        ops.tokens().embed(patches, List.of(frozen(zeros)), frozen(matrix(2, 2, 0, 0, 0, 0)));
    Tensor normalized = ops.layerNorm(x, frozen(zeros), frozen(zeros), 1e-6f);
    Tensor y = ops.addBranch(times(x, 2), normalized, null);
    tape.addGradient(y, tensor(new int[] {1, 2, 2}, 1, 2, 3, 4));
    tape.backward();
    assertThat(floats(tape.gradient(patches))).containsExactly(6, 8);
  }

  @Test
  void trainsParametersBesideFrozenOnes() {
    Parameter bias = trained(matrix(1, 2, 0, 0).reshape(2));
    Parameter token = trained(matrix(1, 2, 0, 0));
    Parameter shift = trained(matrix(1, 2, 0, 0).reshape(2));
    Tensor patches = tensor(new int[] {1, 1, 2}, 1, 2);
    Tensor embedded = ops.tokens().embed(patches, List.of(token), frozen(matrix(2, 2, 0, 0, 0, 0)));
    Tensor scaled = ops.linear(embedded, frozen(matrix(2, 2, 2, 0, 0, 2)), bias);
    Parameter weight = frozen(matrix(1, 2, 0, 0).reshape(2));
    Tensor y = ops.addBranch(scaled, ops.layerNorm(scaled, weight, shift, 1e-6f), null);
    tape.addGradient(y, tensor(new int[] {1, 2, 2}, 1, 2, 3, 4));
    tape.backward();
    assertThat(floats(shift.gradient())).containsExactly(4, 6);
    assertThat(floats(bias.gradient())).containsExactly(4, 6);
    assertThat(floats(token.gradient())).containsExactly(2, 4);
  }

  @Test
  void nothingIsRecordedWhereNoGradientIsWanted() {
    Tensor y = times(matrix(1, 2, 1, 2), 3);
    assertThat(tape.wants(y)).isFalse();
    Tensor x = watched(matrix(1, 2, 1, 2));
    assertThat(tape.wants(Ops.inference(backend, arena).gelu(x))).isFalse();
    assertThat(tape.wants(ops.gelu(x))).isTrue();
  }

  @Test
  void theListenerHearsOfEveryAdditionWhenItIsDone() {
    Parameter twice = trained(matrix(2, 2, 1, 0, 0, 1));
    Parameter once = trained(matrix(2, 2, 1, 0, 0, 1));
    Parameter bias = frozen(matrix(1, 2, 0, 0).reshape(2));
    List<String> heard = new ArrayList<>();
    Consumer<Parameter> listener =
        parameter ->
            heard.add(
                (parameter.equals(once) ? "once " : "twice ")
                    + Arrays.toString(floats(parameter.gradient())));
    try (TensorArena scratch = backend.arena("scratch", Long.MAX_VALUE)) {
      Tape told = new Tape(backend, arena, listener);
      Ops recording = Ops.recording(backend, arena, told);
      Tensor x = recording.linear(matrix(1, 2, 1, 2), twice, bias);
      Tensor y = recording.checkpoint(x, scratch, (inner, part) -> inner.linear(part, once, bias));
      told.addGradient(recording.linear(y, twice, bias), matrix(1, 2, 1, 1));
      told.backward();
    }
    assertThat(heard)
        .containsExactly(
            "twice [1.0, 2.0, 1.0, 2.0]",
            "once [1.0, 2.0, 1.0, 2.0]",
            "twice [2.0, 4.0, 2.0, 4.0]");
  }

  /** One gradient travels down the chain; the memory it has left serves it again. */
  @Test
  void deepChainsNeedNoMoreGradientMemoryThanShortOnes() {
    assertThat(bytesOfBackward(40)).isEqualTo(bytesOfBackward(4));
  }

  private long bytesOfBackward(int depth) {
    int rows = 1 << 19;
    try (TensorArena forward = backend.arena("forward", Long.MAX_VALUE);
        TensorArena backward = backend.arena("backward", Long.MAX_VALUE)) {
      Tape deep = new Tape(backend, backward);
      Ops recording = Ops.recording(backend, forward, deep);
      Tensor x = forward.allocate(rows, 2);
      deep.watch(x);
      Tensor y = x;
      for (int i = 0; i < depth; i++) {
        y = recording.gelu(y);
      }
      deep.addGradient(y, y);
      deep.backward();
      return backward.reservedBytes();
    }
  }
}
