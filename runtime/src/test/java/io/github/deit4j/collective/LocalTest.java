package io.github.deit4j.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks of one JVM: three matter, since two have only one way to be wrong. */
@Timeout(60)
class LocalTest {
  private static final Arena ARENA = Arena.ofAuto();

  private static MemorySegment floats(float... values) {
    return ARENA.allocateFrom(ValueLayout.JAVA_FLOAT, values);
  }

  private static float[] array(MemorySegment segment) {
    return segment.toArray(ValueLayout.JAVA_FLOAT);
  }

  /** Rank s sends rank r so many floats, the same number being 0 for some pairs. */
  private static int length(int from, int to) {
    return (from + 2 * to) % 4;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 8})
  void exchangesPiecesOfAnyLength(int size) throws Exception {
    Local.run(
        size,
        ranks -> {
          int me = ranks.rank();
          List<MemorySegment> send =
              IntStream.range(0, size)
                  .mapToObj(to -> floats(numbers(me, to, length(me, to))))
                  .toList();
          List<MemorySegment> received =
              IntStream.range(0, size)
                  .mapToObj(from -> floats(new float[length(from, me)]))
                  .toList();
          ranks.exchange(send, received);
          for (int from = 0; from < size; from++) {
            assertThat(array(received.get(from))).isEqualTo(numbers(from, me, length(from, me)));
          }
          return null;
        });
  }

  private static float[] numbers(int from, int to, int length) {
    float[] numbers = new float[length];
    for (int i = 0; i < length; i++) {
      numbers[i] = 100 * from + 10 * to + i;
    }
    return numbers;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 8})
  void gathersEveryRanksPart(int size) throws Exception {
    List<float[]> all =
        Local.run(
            size,
            ranks -> {
              int total = size * (size - 1) / 2;
              MemorySegment together = floats(new float[total]);
              List<MemorySegment> parts =
                  IntStream.range(0, size)
                      .mapToObj(r -> together.asSlice(4L * (r * (r - 1) / 2), 4L * r))
                      .toList();
              parts.get(ranks.rank()).copyFrom(floats(numbers(ranks.rank(), 0, ranks.rank())));
              ranks.gather(parts);
              return array(together);
            });
    for (float[] one : all) {
      for (int r = 0; r < size; r++) {
        for (int i = 0; i < r; i++) {
          assertThat(one[r * (r - 1) / 2 + i]).isEqualTo(100f * r + i);
        }
      }
    }
  }

  @Test
  void broadcastsFromAnyRankAndReusesItsMemory() throws Exception {
    List<List<Float>> heard =
        Local.run(
            3,
            ranks -> {
              MemorySegment data = floats(ranks.rank());
              Float[] seen = new Float[3];
              for (int root = 0; root < 3; root++) {
                data.set(ValueLayout.JAVA_FLOAT, 0, 10 * ranks.rank() + root);
                ranks.broadcast(data, root);
                seen[root] = array(data)[0];
                ranks.barrier();
              }
              return List.of(seen);
            });
    assertThat(heard).containsOnly(List.of(0f, 11f, 22f));
  }

  @Test
  void failureOfOneRankEndsAllAndIsWhatIsThrown() {
    assertThatThrownBy(
            () ->
                Local.run(
                    3,
                    ranks -> {
                      ranks.barrier();
                      if (ranks.rank() == 1) {
                        throw new IllegalStateException("the disk is full");
                      }
                      ranks.barrier();
                      return null;
                    }))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("the disk is full");
  }

  @Test
  void abortReachesRanksThatWaitWithItsCodeAndReason() {
    assertThatThrownBy(
            () ->
                Local.run(
                    3,
                    ranks -> {
                      if (ranks.rank() == 2) {
                        ranks.abort(73, "cannot write");
                        return null;
                      }
                      ranks.barrier();
                      return null;
                    }))
        .cause()
        .isInstanceOf(CollectiveException.Aborted.class)
        .hasMessage("rank 2 has ended the work: cannot write")
        .extracting(e -> ((CollectiveException.Aborted) e).code())
        .isEqualTo(73);
  }

  @Test
  void ranksThatDoNotAgreeAreNamed() {
    assertThatThrownBy(
            () ->
                Local.run(
                    2,
                    ranks -> {
                      if (ranks.rank() == 0) {
                        ranks.barrier();
                      } else {
                        ranks.broadcast(floats(1), 0);
                      }
                      return null;
                    }))
        .cause()
        .isInstanceOf(CollectiveException.Mismatch.class)
        .hasMessageContaining("barrier")
        .hasMessageContaining("broadcast from 0");
    assertThatThrownBy(
            () ->
                Local.run(
                    2,
                    ranks -> {
                      ranks.broadcast(floats(new float[1 + ranks.rank()]), 0);
                      return null;
                    }))
        .cause()
        .isInstanceOf(CollectiveException.Mismatch.class)
        .hasMessage("broadcast: rank 1 expected 8 bytes from rank 0, which has 4");
  }

  @Test
  void wrongArgumentsAreRefusedBeforeAnybodyHears() {
    Collective single = new Single();
    MemorySegment heap = MemorySegment.ofArray(new float[1]);
    assertThatThrownBy(() -> single.broadcast(heap, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("native memory");
    assertThatThrownBy(() -> single.broadcast(floats(1), 1))
        .hasMessageContaining("a root from 0 to 0");
    assertThatThrownBy(() -> single.broadcast(ARENA.allocate(3), 0))
        .hasMessageContaining("multiple of four bytes");
    assertThatThrownBy(() -> single.gather(List.of())).hasMessageContaining("one per rank");
    assertThatThrownBy(() -> single.gather(List.of(floats(1).asReadOnly())))
        .hasMessageContaining("may be written");
    assertThatThrownBy(() -> single.exchange(List.of(floats(1)), List.of(floats())))
        .hasMessageContaining("4 bytes from the rank itself");
  }

  @Test
  void aSingleRankHasItsOwn() throws Exception {
    try (Collective single = new Single()) {
      MemorySegment to = floats(0, 0);
      single.exchange(List.of(floats(1, 2)), List.of(to));
      single.gather(List.of(to));
      single.broadcast(to, 0);
      single.barrier();
      assertThat(array(to)).containsExactly(1, 2);
    }
  }
}
