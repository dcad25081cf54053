package io.github.deit4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.collective.CollectiveException;
import io.github.deit4j.collective.CollectiveException.Aborted;
import io.github.deit4j.collective.CollectiveException.Failed;
import io.github.deit4j.collective.CollectiveException.TimedOut;
import io.github.deit4j.collective.Local;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Communicator;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ranks with a device each that hand each other tensors: what is sent arrives, and whatever fails
 * ends all ranks with an exception of its kind, never with a wait.
 */
@ExtendWith(OnStandIn.class)
@Timeout(120)
class CudaNcclTest {
  private static final int RANKS = 3;
  private static final int SYSTEM_ERROR = 2;
  private static final int REMOTE_ERROR = 6;

  /** Calls of a run beyond this number are no others than those before. */
  private static final int MOST_CALLS = 12;

  private final CudaStandIn standIn = CudaStandIn.require();

  @BeforeEach
  void oneDeviceForEach() {
    standIn.set("devices", RANKS);
  }

  /** What a rank does with its device. */
  private interface Work {
    void run(Backend backend, TensorArena arena, Communicator communicator)
        throws InterruptedException;
  }

  /**
   * Does work on all ranks; one that fails ends the others, as a process does.
   *
   * @return what each rank has thrown, null for nothing
   */
  private static List<Exception> outcomes(Duration patience, Work work) throws Exception {
    return Local.run(
        RANKS,
        local -> {
          Collective ranks = new Patient(local, patience);
          try (Backend backend = new CudaBackend(ranks.rank(), Precision.FP32);
              TensorArena arena = backend.arena("test");
              Communicator communicator = backend.communicator(ranks)) {
            work.run(backend, arena, communicator);
            ranks.barrier();
            return null;
          } catch (CollectiveException | DeviceException | InterruptedException e) {
            ranks.abort(1, e.toString());
            return e;
          }
        });
  }

  private static List<Exception> outcomes(Work work) throws Exception {
    return outcomes(Duration.ofMinutes(1), work);
  }

  /** Ranks with another patience. */
  private static final class Patient extends Collective {
    private final Collective ranks;
    private final Duration patience;

    Patient(Collective ranks, Duration patience) {
      this.ranks = ranks;
      this.patience = patience;
    }

    @Override
    public Duration patience() {
      return patience;
    }

    @Override
    public void requireGoing() {
      ranks.requireGoing();
    }

    @Override
    public int rank() {
      return ranks.rank();
    }

    @Override
    public int size() {
      return ranks.size();
    }

    @Override
    public String description() {
      return ranks.description();
    }

    @Override
    protected void exchangeAll(List<MemorySegment> send, List<MemorySegment> receive)
        throws InterruptedException {
      ranks.exchange(send, receive);
    }

    @Override
    protected void gatherAll(List<MemorySegment> parts) throws InterruptedException {
      ranks.gather(parts);
    }

    @Override
    protected void broadcastFrom(MemorySegment data, int root) throws InterruptedException {
      ranks.broadcast(data, root);
    }

    @Override
    public void barrier() throws InterruptedException {
      ranks.barrier();
    }

    @Override
    public void abort(int code, String reason) {
      ranks.abort(code, reason);
    }

    @Override
    public void close() {
      ranks.close();
    }
  }

  private static int rank(Backend backend) {
    return Integer.parseInt(backend.name().substring("cuda:".length()));
  }

  private static float[] numbers(int from, int to, int length) {
    float[] numbers = new float[length];
    for (int i = 0; i < length; i++) {
      numbers[i] = 100 * from + 10 * to + i;
    }
    return numbers;
  }

  private static Tensor tensor(Backend backend, TensorArena arena, float... values) {
    Tensor tensor = arena.allocate(values.length);
    backend.write(tensor, MemorySegment.ofArray(values));
    return tensor;
  }

  /** How much a rank sends another: nothing at all, no numbers, or some. */
  private static int length(int from, int to) {
    return (from + 2 * to) % 5 * 1000 - 1000;
  }

  private static void exchange(Backend backend, TensorArena arena, Communicator communicator)
      throws InterruptedException {
    int rank = rank(backend);
    Map<Integer, Tensor> send = new HashMap<>();
    Map<Integer, Tensor> receive = new HashMap<>();
    for (int peer = 0; peer < RANKS; peer++) {
      if (peer != rank && length(rank, peer) >= 0) {
        send.put(peer, tensor(backend, arena, numbers(rank, peer, length(rank, peer))));
      }
      if (peer != rank && length(peer, rank) >= 0) {
        receive.put(peer, arena.allocate(length(peer, rank)));
      }
    }
    communicator.exchange(send, receive);
    // May change at once.
    send.values().forEach(sent -> backend.fill(sent, Float.NaN));
    receive.forEach(
        (peer, tensor) ->
            assertThat(backend.toArray(tensor)).isEqualTo(numbers(peer, rank, length(peer, rank))));
  }

  private static void gather(Backend backend, TensorArena arena, Communicator communicator)
      throws InterruptedException {
    int rank = rank(backend);
    List<Tensor> parts = new ArrayList<>();
    for (int peer = 0; peer < RANKS; peer++) {
      int length = 700 * peer;
      float[] values = peer == rank ? numbers(rank, 0, length) : new float[length];
      parts.add(tensor(backend, arena, values));
    }
    communicator.gather(parts);
    for (int peer = 0; peer < RANKS; peer++) {
      assertThat(backend.toArray(parts.get(peer))).isEqualTo(numbers(peer, 0, 700 * peer));
    }
  }

  private static void both(Backend backend, TensorArena arena, Communicator communicator)
      throws InterruptedException {
    exchange(backend, arena, communicator);
    gather(backend, arena, communicator);
  }

  @ParameterizedTest
  @ValueSource(ints = {22703, 21600, 21599, 2708})
  void everyRankHasWhatWasMeantForIt(int version) throws Exception {
    standIn.set("ncclVersion", version);
    assertThat(
            outcomes(
                (backend, arena, communicator) -> {
                  for (int round = 0; round < 3; round++) {
                    both(backend, arena, communicator);
                  }
                }))
        .containsOnlyNulls();
    assertThat(standIn.calls("ncclSend") > 0).isEqualTo(version >= 21600);
  }

  @Test
  void theWayIsTold() throws Exception {
    outcomes((backend, arena, way) -> assertThat(way.description()).isEqualTo("NCCL 2.27.3"));
    standIn.set("ncclVersion", 2708);
    outcomes(
        (backend, arena, way) ->
            assertThat(way.description())
                .isEqualTo(
                    "threads of one process, by way of the host's memory (NCCL of rank 0: 2.7.8,"
                        + " expected 2.16.0 or newer)"));
  }

  /** Each call fails once: its rank says which, with what code, and the others hear of it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cuDeviceGetUuid_v2",
        "ncclGetVersion",
        "ncclGetUniqueId",
        "ncclCommInitRankConfig",
        "ncclCommGetAsyncError",
        "ncclGroupStart",
        "ncclSend",
        "ncclRecv",
        "ncclGroupEnd",
        "cuStreamQuery",
        "ncclCommAbort"
      })
  void anyCallMayFail(String function) throws Exception {
    int call = 1;
    for (; call <= MOST_CALLS; call++) {
      standIn.reset();
      oneDeviceForEach();
      standIn.failAt(function, call, 0);
      List<Exception> failures =
          outcomes(CudaNcclTest::both).stream().filter(Objects::nonNull).toList();
      if (standIn.calls(function) < call) {
        break;
      }
      List<Exception> own = failures.stream().filter(e -> !(e instanceof Aborted)).toList();
      assertThat(own).as("%s, call %d", function, call).hasSize(1);
      Exception failed = own.getFirst();
      if (function.startsWith("nccl")) {
        assertThat(failed)
            .isInstanceOf(Failed.class)
            .hasMessageMatching("(?s)rank [012]: " + function + "\\b.*")
            .hasMessageContaining(
                "unhandled system error (2), an error of the stand-in; NCCL_DEBUG=WARN");
        assertThat(((Failed) failed).code()).isEqualTo(Integer.toString(SYSTEM_ERROR));
      } else {
        String name = function.replace("_v2", "");
        assertThat(failed).isInstanceOf(DeviceException.Failed.class).hasMessageContaining(name);
      }
      // Only when all is done is a rank free to leave.
      if (!function.equals("ncclCommAbort")) {
        assertThat(failures).as("%s, call %d", function, call).hasSize(RANKS);
      }
      failures.stream()
          .filter(Aborted.class::isInstance)
          .forEach(e -> assertThat(e).hasMessageContaining(failed.getMessage()));
      standIn.requireClean();
    }
    assertThat(call).as("calls of " + function).isGreaterThan(RANKS - 2);
    standIn.reset();
    oneDeviceForEach();
    assertThat(outcomes(CudaNcclTest::both)).containsOnlyNulls();
  }

  /** What a library notices by itself, of a network for example. */
  @Test
  void whatFailsInTheBackgroundIsNoticed() throws Exception {
    List<Exception> failures =
        outcomes(
            (backend, arena, communicator) -> {
              exchange(backend, arena, communicator);
              standIn.set("ncclState", REMOTE_ERROR);
              gather(backend, arena, communicator);
            });
    assertThat(failures)
        .doesNotContainNull()
        .anySatisfy(
            e ->
                assertThat(e)
                    .isInstanceOf(Failed.class)
                    .hasMessageContaining(
                        "(ncclCommGetAsyncError): remote process exited or there was a network"
                            + " error (6)"));
  }

  @Test
  void aRankThatDoesNotComeIsWaitedForInVainButNotForEver() throws Exception {
    List<Exception> failures =
        outcomes(
            Duration.ofMillis(500),
            (backend, arena, communicator) -> {
              gather(backend, arena, communicator);
              if (rank(backend) == 1) {
                Thread.sleep(2000);
              }
              gather(backend, arena, communicator);
            });
    assertThat(failures)
        .anySatisfy(
            e ->
                assertThat(e)
                    .isInstanceOf(TimedOut.class)
                    .hasMessageMatching(
                        "gather: rank [02] waited 0 s for rank \\d, \\d by NCCL.*"));
    assertThat(failures.get(1)).isInstanceOf(Aborted.class);
  }

  @Test
  void anInterruptEndsAll() throws Exception {
    List<Exception> failures =
        outcomes(
            (backend, arena, communicator) -> {
              if (rank(backend) == 2) {
                Thread.currentThread().interrupt();
              }
              gather(backend, arena, communicator);
            });
    assertThat(failures.get(2)).isInstanceOf(InterruptedException.class);
    assertThat(failures.subList(0, 2)).allMatch(Aborted.class::isInstance);
  }

  @Test
  void nothingIsOfUseAfterAFailure() throws Exception {
    outcomes(
        Duration.ofMillis(200),
        (backend, arena, communicator) -> {
          if (rank(backend) == 0) {
            standIn.failAt("ncclGroupEnd", 1, 0);
          }
          assertThatExceptionOfType(CollectiveException.class)
              .isThrownBy(
                  () -> {
                    gather(backend, arena, communicator);
                    gather(backend, arena, communicator);
                  });
          assertThatExceptionOfType(Failed.class)
              .isThrownBy(() -> gather(backend, arena, communicator))
              .withMessageContaining("no call is of use");
        });
  }

  /** Products may have kept another form of a weight. */
  @Test
  void whatIsReceivedIsNewToProducts() throws Exception {
    List<float[]> results =
        Local.run(
            2,
            ranks -> {
              try (Backend backend = new CudaBackend(ranks.rank(), Precision.BF16);
                  TensorArena arena = backend.arena("test");
                  Communicator communicator = backend.communicator(ranks)) {
                Tensor x = tensor(backend, arena, 1, 2, 3, 4).reshape(1, 4);
                Tensor w = tensor(backend, arena, numbers(ranks.rank(), 1, 4)).reshape(1, 4);
                Tensor b = tensor(backend, arena, 5);
                Tensor y = arena.allocate(1, 1);
                backend.linear().prepare(w);
                backend.linear().linear(y, x, w, b);
                if (ranks.rank() == 0) {
                  communicator.exchange(Map.of(1, w), Map.of());
                } else {
                  communicator.exchange(Map.of(), Map.of(0, w));
                }
                backend.linear().linear(y, x, w, b);
                ranks.barrier();
                return backend.toArray(y);
              }
            });
    assertThat(results.get(1)).isEqualTo(results.get(0));
  }
}
