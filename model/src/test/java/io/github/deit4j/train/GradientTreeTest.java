package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.collective.Collective;
import io.github.deit4j.collective.Local;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Communicator;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.Grains.Node;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sum of grains' gradients: the tree's, to the last bit, on any number of ranks. */
class GradientTreeTest {
  private static final int[][] SHAPES = {{3, 5}, {17}, {1}, {40, 33}, {2, 2, 2}};

  /** What a grain's backward pass gives for an element of a parameter. */
  private static float gradient(int grain, int parameter, int element) {
    var random = new SplittableRandom(1_000_003L * grain + 1009L * parameter + element);
    return (float) (random.nextDouble() * StrictMath.pow(10, random.nextInt(-6, 7)));
  }

  private static float inTreeOrder(Node node, int parameter, int element) {
    return node.to() - node.from() == 1
        ? gradient(node.from(), parameter, element)
        : inTreeOrder(node.left(), parameter, element)
            + inTreeOrder(node.right(), parameter, element);
  }

  private static List<float[]> sum(
      Collective ranks, Grains grains, int batches, IntFunction<Backend> backends)
      throws Exception {
    return sum(ranks, grains, batches, backends, GradientExchange.BUCKET);
  }

  private static List<float[]> sum(
      Collective ranks, Grains grains, int batches, IntFunction<Backend> backends, int bucket)
      throws Exception {
    int[] shares = grains.shares(ranks.size());
    try (Backend backend = backends.apply(ranks.rank());
        TensorArena arena = backend.arena("model");
        Communicator communicator = backend.communicator(ranks)) {
      List<Parameter> parameters = new ArrayList<>();
      for (int[] shape : SHAPES) {
        parameters.add(
            new Parameter("p" + parameters.size(), arena.allocate(shape), arena.allocate(shape)));
      }
      parameters.add(2, new Parameter("not trained", arena.allocate(9), null));
      parameters.add(new Parameter("without gradient", arena.allocate(7), arena.allocate(7)));
      var gradients = new Gradients(backend, parameters);
      List<float[]> sums = new ArrayList<>();
      try (var tree = new GradientTree(backend, grains, gradients, ranks, communicator, bucket)) {
        for (int batch = 0; batch < batches; batch++) {
          tree.begin();
          for (int grain = shares[ranks.rank()]; grain < shares[ranks.rank() + 1]; grain++) {
            tree.beginGrain();
            tree.beginPart(grain, true);
            for (int p = SHAPES.length - 1; p >= 0; p--) {
              Tensor tensor = gradients.tensors().get(p);
              float[] values = backend.toArray(tensor);
              for (int i = 0; i < values.length; i++) {
                values[i] += gradient(grain + 100 * batch, p, i);
              }
              backend.write(tensor, MemorySegment.ofArray(values));
              tree.grown(parameters.get(p < 2 ? p : p + 1));
            }
            tree.endGrain(grain);
          }
          tree.sum();
          gradients.tensors().forEach(tensor -> sums.add(backend.toArray(tensor)));
        }
        ranks.barrier(); // none may close while another still receives
      }
      return sums;
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "5, 3", "7, 4", "8, 8", "13, 3", "16, 7", "16, 5", "16, 16"})
  void addsInTheTreesOrderOnAnyNumberOfRanks(int count, int most) throws Exception {
    for (int size = 1; size <= most; size++) {
      addsInTheTreesOrder(new Grains(count, 1), size, GradientTreeTest::cpu);
    }
  }

  private static Backend cpu(int rank) {
    return Backends.select("cpu", 1).backend();
  }

  static void addsInTheTreesOrder(Grains grains, int size, IntFunction<Backend> backends)
      throws Exception {
    for (List<float[]> sums : Local.run(size, ranks -> sum(ranks, grains, 1, backends))) {
      for (int p = 0; p < SHAPES.length; p++) {
        for (int i = 0; i < sums.get(p).length; i++) {
          assertThat(Float.floatToIntBits(sums.get(p)[i]))
              .as("%d ranks, parameter %d, element %d", size, p, i)
              .isEqualTo(Float.floatToIntBits(inTreeOrder(grains.root(), p, i)));
        }
      }
    }
  }

  @Test
  void nothingIsLeftOfTheBatchBefore() throws Exception {
    List<float[]> expected =
        sum(Local.ranks(1).getFirst(), new Grains(7, 1), 3, GradientTreeTest::cpu);
    for (List<float[]> sums :
        Local.run(3, ranks -> sum(ranks, new Grains(7, 1), 3, GradientTreeTest::cpu))) {
      for (int i = 0; i < expected.size(); i++) {
        assertThat(sums.get(i)).containsExactly(expected.get(i));
      }
    }
  }

  /** In buckets of one parameter, where that is enough for all ranks, or of some. */
  @ParameterizedTest
  @CsvSource({"7, 2, 1", "7, 3, 1", "16, 4, 1", "13, 5, 1000"})
  void bucketsChangeNothing(int count, int size, int bucket) throws Exception {
    Grains grains = new Grains(count, 1);
    List<float[]> expected = sum(Local.ranks(1).getFirst(), grains, 4, GradientTreeTest::cpu);
    for (List<float[]> sums :
        Local.run(size, ranks -> sum(ranks, grains, 4, GradientTreeTest::cpu, bucket))) {
      for (int i = 0; i < expected.size(); i++) {
        assertThat(sums.get(i)).containsExactly(expected.get(i));
      }
    }
  }

  @Test
  void aGradientThatGrowsWhenItIsFinalIsRefused() {
    assertThatThrownBy(() -> Local.run(2, GradientTreeTest::growTooOften))
        .hasRootCauseMessage(
            "gradient of p [3]: expected 1 additions in a backward pass, as in the one before, found"
                + " more");
  }

  private static Void growTooOften(Collective ranks) throws InterruptedException {
    try (Backend backend = cpu(0);
        TensorArena arena = backend.arena("model");
        Communicator communicator = backend.communicator(ranks)) {
      var parameter = new Parameter("p", arena.allocate(3), arena.allocate(3));
      var gradients = new Gradients(backend, List.of(parameter));
      try (var tree = new GradientTree(backend, new Grains(2, 1), gradients, ranks, communicator)) {
        tree.begin();
        tree.beginGrain();
        tree.beginPart(ranks.rank(), false);
        tree.grown(parameter);
        tree.beginPart(ranks.rank(), true);
        tree.grown(parameter);
        tree.grown(parameter);
        return null;
      }
    }
  }

  /** Another order gives other bits here, so that the tests above can fail. */
  @Test
  void theOrderMatters() {
    Grains grains = new Grains(16, 1);
    int different = 0;
    for (int element = 0; element < 100; element++) {
      float chain = 0;
      for (int grain = 0; grain < grains.count(); grain++) {
        chain += gradient(grain, 3, element);
      }
      different += chain == inTreeOrder(grains.root(), 3, element) ? 0 : 1;
    }
    assertThat(different).isGreaterThan(10);
  }
}
