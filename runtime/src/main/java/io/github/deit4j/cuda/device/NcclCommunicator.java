package io.github.deit4j.cuda.device;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.collective.CollectiveException;
import io.github.deit4j.collective.Idle;
import io.github.deit4j.device.Communicator;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Ranks whose devices hand each other memory with NCCL, in the stream of their work.
 *
 * <p>Nothing waits within the library or the driver: what was begun is asked after now and then,
 * until it is done, it has failed, the other ranks are known to have given up, or patience is at an
 * end. So a rank that is lost ends the others with an exception, and not never. The ranks tell each
 * other by a {@link Collective} how they find together.
 */
public final class NcclCommunicator implements Communicator {
  private final CudaContext context;
  private final Collective ranks;
  private final Duration patience;
  private final Consumer<Tensor> changing;
  private final String description;
  private final NcclCalls nccl;
  private boolean closed;

  /** Bytes for a rank, or from it, and where they are on the device. */
  private record Message(boolean received, int peer, MemorySegment memory, long bytes) {}

  /**
   * Meets the other ranks, where {@link #obstacle} has found nothing in the way.
   *
   * @param patience how long each call waits for others
   * @param changing hears of each tensor that is about to be written
   * @throws CollectiveException if the library fails, or another rank does not come
   */
  public NcclCommunicator(
      CudaContext context, Collective ranks, Duration patience, Consumer<Tensor> changing)
      throws InterruptedException {
    this.context = context;
    this.ranks = ranks;
    this.patience = patience;
    this.changing = changing;
    this.description = "NCCL " + NcclVersion.ofRank(ranks.rank());
    this.nccl = new NcclCalls(ranks.rank());
    attempt(
        () -> {
          MemorySegment id = NcclCalls.room();
          if (ranks.rank() == 0) {
            inContext(() -> nccl.name(id));
          }
          ranks.broadcast(id, 0);
          inContext(() -> nccl.meet(id, ranks.size()));
          await("ncclCommInitRankConfig", others(), false);
        });
  }

  /**
   * Returns why these ranks cannot use NCCL together, in words; nothing if they can. All ranks ask,
   * and have the same answer.
   */
  public static Optional<String> obstacle(CudaContext context, Collective ranks)
      throws InterruptedException {
    byte[] device = context.info().uuid();
    long bytes = Integer.BYTES + device.length;
    MemorySegment all = Arena.ofAuto().allocate(bytes * ranks.size(), Integer.BYTES);
    List<MemorySegment> parts =
        IntStream.range(0, ranks.size()).mapToObj(r -> all.asSlice(bytes * r, bytes)).toList();
    MemorySegment own = parts.get(ranks.rank());
    own.set(ValueLayout.JAVA_INT, 0, NcclVersion.ofRank(ranks.rank()).code());
    own.asSlice(Integer.BYTES).copyFrom(MemorySegment.ofArray(device));
    ranks.gather(parts);
    return IntStream.range(0, parts.size())
        .mapToObj(r -> obstacle(parts, r))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> obstacle(List<MemorySegment> parts, int rank) {
    NcclVersion version = version(parts.get(rank));
    NcclVersion first = version(parts.getFirst());
    if (!version.isFit()) {
      return Optional.of("NCCL of rank %d: %s".formatted(rank, version));
    }
    if (!version.equals(first)) {
      return Optional.of("NCCL of rank 0: %s, of rank %d: %s".formatted(first, rank, version));
    }
    MemorySegment device = parts.get(rank).asSlice(Integer.BYTES);
    return IntStream.range(0, rank)
        .filter(other -> parts.get(other).asSlice(Integer.BYTES).mismatch(device) < 0)
        .mapToObj(other -> "ranks %d and %d share a device".formatted(other, rank))
        .findFirst();
  }

  private static NcclVersion version(MemorySegment part) {
    return new NcclVersion(part.get(ValueLayout.JAVA_INT, 0));
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public void exchange(Map<Integer, Tensor> send, Map<Integer, Tensor> receive)
      throws InterruptedException {
    List<Message> messages = new ArrayList<>();
    for (int peer : others()) {
      add(messages, false, peer, send.get(peer));
      add(messages, true, peer, receive.get(peer));
    }
    deliver("exchange", messages);
  }

  @Override
  public void gather(List<Tensor> parts) throws InterruptedException {
    List<Message> messages = new ArrayList<>();
    for (int peer : others()) {
      add(messages, false, peer, parts.get(ranks.rank()));
      add(messages, true, peer, parts.get(peer));
    }
    deliver("gather", messages);
  }

  /** Returns the other ranks, beginning behind this one: not all send to the same at once. */
  private List<Integer> others() {
    int size = ranks.size();
    return IntStream.range(1, size).mapToObj(step -> (ranks.rank() + step) % size).toList();
  }

  private void add(List<Message> messages, boolean received, int peer, Tensor data) {
    if (data != null && data.elements() > 0) {
      if (received) {
        changing.accept(data);
      }
      long bytes = data.elements() * data.dtype().bytes();
      messages.add(new Message(received, peer, context.pointer(data), bytes));
    }
  }

  private void deliver(String call, List<Message> messages) throws InterruptedException {
    if (closed) {
      throw new CollectiveException.Failed(
          "rank %d: %s: NCCL has been let go of: no call is of use after one that failed"
              .formatted(ranks.rank(), call),
          "closed");
    }
    if (messages.isEmpty()) {
      return;
    }
    attempt(
        () -> {
          inContext(() -> begin(messages));
          await(call, messages.stream().map(Message::peer).distinct().toList(), true);
        });
  }

  /** Begins to deliver all messages at once, behind the work that the device has by now. */
  private void begin(List<Message> messages) {
    nccl.beginGroup();
    try {
      messages.forEach(this::call);
    } catch (RuntimeException e) {
      nccl.dropGroup();
      throw e;
    }
    nccl.endGroup();
  }

  private void call(Message message) {
    if (message.received) {
      nccl.receive(message.memory, message.bytes, message.peer, context.stream());
    } else {
      nccl.send(message.memory, message.bytes, message.peer, context.stream());
    }
  }

  /** Waits until the library, and then if need be the device, has done what was begun. */
  private void await(String call, List<Integer> peers, boolean onDevice)
      throws InterruptedException {
    Idle idle = new Idle();
    while (!isDone(call, onDevice)) {
      ranks.requireGoing();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (idle.since().compareTo(patience) > 0) {
        throw new CollectiveException.TimedOut(
            ("%s: rank %d waited %d s for rank %s by NCCL: one hangs, has died or cannot be reached;"
                    + " look at its machine and at the network between")
                .formatted(
                    call,
                    ranks.rank(),
                    patience.toSeconds(),
                    peers.stream().map(String::valueOf).collect(Collectors.joining(", "))));
      }
      idle.rest();
    }
  }

  private boolean isDone(String call, boolean onDevice) {
    synchronized (context) {
      context.makeCurrent();
      return nccl.isReady(call) && (!onDevice || context.stream().isDone());
    }
  }

  private void inContext(Runnable calls) {
    synchronized (context) {
      context.makeCurrent();
      context.flush();
      calls.run();
    }
  }

  /** What may fail, and nothing is of use after it. */
  private interface Attempt {
    void run() throws InterruptedException;
  }

  private void attempt(Attempt work) throws InterruptedException {
    try {
      work.run();
    } catch (RuntimeException | InterruptedException e) {
      try {
        close();
      } catch (RuntimeException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  /** {@inheritDoc} The device drops what it still waits for. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      inContext(nccl::abort);
    }
  }
}
