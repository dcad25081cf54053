package io.github.deit4j.collective.mpi;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.collective.CollectiveException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** What the ranks of {@link MpiTest} do, each in a JVM of its own. */
final class MpiRank {
  private static final Arena ARENA = Arena.ofAuto();
  private static final int LONG_MESSAGE = 20 << 20;

  private final Collective ranks;
  private final int me;
  private final int size;

  private MpiRank(Collective ranks) {
    this.ranks = ranks;
    this.me = ranks.rank();
    this.size = ranks.size();
  }

  /**
   * Does one thing and prints how it went.
   *
   * @param args what to do, and how many seconds to be patient
   */
  public static void main(String[] args) throws Exception {
    Launch launch = Launch.detect(System.getenv()).orElseThrow();
    Mpi mpi;
    try {
      mpi = Mpi.start(launch, Duration.ofSeconds(Integer.parseInt(args[1])));
    } catch (CollectiveException.Failed e) {
      System.out.println("not started: " + e.getMessage());
      System.exit(69);
      return;
    }
    try (mpi) {
      new MpiRank(mpi).work(args[0]);
    } catch (CollectiveException e) {
      System.out.println(
          "rank %d: %s: %s".formatted(mpi.rank(), e.getClass().getSimpleName(), e.getMessage()));
      System.out.flush();
      mpi.abort(69, e.getMessage());
      System.exit(69);
    }
  }

  private void work(String what) throws Exception {
    switch (what) {
      case "everything" -> everything();
      case "long" -> longMessages();
      case "signals" -> signals();
      case "unequal" -> ranks.broadcast(floats(new float[me == 0 ? 3 : 4]), 0);
      case "hang" -> {
        if (me == 1) {
          Thread.sleep(1_000_000);
        }
        ranks.gather(IntStream.range(0, size).mapToObj(r -> floats(1)).toList());
      }
      case "interrupt" -> interrupt();
      default -> throw new IllegalArgumentException(what);
    }
    // In one piece, or lines of ranks mix.
    System.out.print("rank %d of %d: done (%s)%n".formatted(me, size, ranks.description()));
  }

  /** Rank s sends rank r so many floats, none for some pairs. */
  private static int length(int from, int to) {
    return (from + 2 * to) % 4;
  }

  private void everything() throws InterruptedException {
    for (int round = 0; round < 50; round++) {
      exchange();
      gather();
      for (int root = 0; root < size; root++) {
        MemorySegment data = floats(numbers(me, round, 5));
        ranks.broadcast(data, root);
        require(array(data), numbers(root, round, 5));
      }
      ranks.barrier();
    }
  }

  private void exchange() throws InterruptedException {
    List<MemorySegment> send =
        IntStream.range(0, size).mapToObj(to -> floats(numbers(me, to, length(me, to)))).toList();
    List<MemorySegment> receive =
        IntStream.range(0, size).mapToObj(from -> floats(new float[length(from, me)])).toList();
    ranks.exchange(send, receive);
    for (int from = 0; from < size; from++) {
      require(array(receive.get(from)), numbers(from, me, length(from, me)));
    }
  }

  private void gather() throws InterruptedException {
    List<MemorySegment> parts =
        IntStream.range(0, size)
            .mapToObj(r -> floats(r == me ? numbers(r, 0, r) : new float[r]))
            .toList();
    ranks.gather(parts);
    for (int r = 0; r < size; r++) {
      require(array(parts.get(r)), numbers(r, 0, r));
    }
  }

  /** More bytes than a piece has, and no multiple of it. */
  private void longMessages() throws InterruptedException {
    MemorySegment send = ARENA.allocate(4L * LONG_MESSAGE + 12, 64);
    MemorySegment receive = ARENA.allocate(send.byteSize(), 64);
    for (long i = 0; i < send.byteSize() / 4; i++) {
      send.setAtIndex(ValueLayout.JAVA_INT, i, (int) (i * 31 + me));
    }
    MemorySegment own = MemorySegment.NULL;
    int other = 1 - me;
    ranks.exchange(
        me == 0 ? List.of(own, send) : List.of(send, own),
        me == 0 ? List.of(own, receive) : List.of(receive, own));
    for (long i = 0; i < receive.byteSize() / 4; i++) {
      if (receive.getAtIndex(ValueLayout.JAVA_INT, i) != (int) (i * 31 + other)) {
        throw new AssertionError("element " + i);
      }
    }
  }

  /** The JVM lives on signals: of null pointers, of divisions by zero, of deep calls. */
  private void signals() {
    int caught = 0;
    int[] nothing = size == 0 ? new int[1] : null;
    for (int i = 1; i <= 200_000; i++) {
      int[] array = i % 1000 == 0 ? nothing : new int[] {i};
      try {
        caught += array[0] / (i % 1000 == 1 ? 0 : i) - 1;
      } catch (NullPointerException | ArithmeticException e) {
        caught++;
      }
    }
    require(new float[] {caught}, new float[] {400});
    try {
      throw new AssertionError(deep(0));
    } catch (StackOverflowError expected) {
      System.gc();
    }
  }

  private static int deep(int n) {
    return n < 0 ? 0 : n + deep(n + 1);
  }

  private void interrupt() {
    Thread.currentThread().interrupt();
    try {
      ranks.barrier();
      throw new AssertionError("not interrupted");
    } catch (InterruptedException expected) {
      try {
        ranks.barrier();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static float[] numbers(int from, int to, int length) {
    float[] numbers = new float[length];
    for (int i = 0; i < length; i++) {
      numbers[i] = 100 * from + 10 * to + i;
    }
    return numbers;
  }

  private static MemorySegment floats(float... values) {
    return ARENA.allocateFrom(ValueLayout.JAVA_FLOAT, values);
  }

  private static float[] array(MemorySegment segment) {
    return segment.toArray(ValueLayout.JAVA_FLOAT);
  }

  private static void require(float[] found, float[] expected) {
    if (!Arrays.equals(found, expected)) {
      throw new AssertionError(
          "expected %s, found %s".formatted(Arrays.toString(expected), Arrays.toString(found)));
    }
  }
}
