package io.github.deit4j.collective;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * One rank's view of all ranks that work together. All of them make the same calls in the same
 * order, each from one thread at a time; a call returns when this rank's memory may be used again
 * and everything meant for it is there.
 *
 * <p>What is handed over are pieces of native memory, of any length from 0 on that is a multiple of
 * four bytes, in the byte order of the machine. There is no sum: a library's sum depends on the
 * number of ranks to the last bit.
 *
 * <p>Every method but {@link #abort} may throw a {@link CollectiveException}: {@link
 * CollectiveException.Aborted} if a rank has ended the work, {@link CollectiveException.Mismatch}
 * if ranks made calls that do not fit, where it can be noticed, {@link
 * CollectiveException.TimedOut} if a rank does not answer, {@link CollectiveException.Failed} if a
 * library has failed. After any of these, or an interrupt, nothing but {@link #abort} and {@link
 * #close} is of use. An {@link IllegalArgumentException} says that this rank's own arguments are
 * wrong, before anybody hears of the call.
 */
public abstract class Collective implements AutoCloseable {
  /** How long a call waits without a byte from the others, unless told otherwise. */
  public static final Duration PATIENCE = Duration.ofMinutes(5);

  /** For a way of communicating. */
  protected Collective() {}

  /** Returns this rank's number, from 0. */
  public abstract int rank();

  /** Returns the number of ranks. */
  public abstract int size();

  /** Returns in words what carries the numbers, such as {@code MPICH 4.0.2}. */
  public abstract String description();

  /**
   * Returns how long whoever waits for these ranks in another way should wait without a sign of
   * them: as long as the calls here do, where they do not wait for ever.
   */
  public Duration patience() {
    return PATIENCE;
  }

  /**
   * Asks, while waiting for these ranks in another way, whether there is still somebody to wait
   * for. Does not wait itself, and hears only what this process can know.
   *
   * @throws CollectiveException if the work is known to have ended
   */
  public void requireGoing() {}

  /**
   * Sends every rank a piece and receives one from each (all-to-all). The pair of this rank itself
   * is copied.
   *
   * @param send element r goes to rank r
   * @param receive element r comes from rank r; as long as what that rank sends; overlaps no other
   *     element and nothing that is sent
   */
  public final void exchange(List<MemorySegment> send, List<MemorySegment> receive)
      throws InterruptedException {
    check("exchange: send", send);
    check("exchange: receive", receive);
    receive.forEach(segment -> requireWritable("exchange: receive", segment));
    long own = send.get(rank()).byteSize();
    require(
        receive.get(rank()).byteSize() == own,
        "exchange: receive",
        own + " bytes from the rank itself, as it sends",
        receive.get(rank()).byteSize());
    exchangeAll(send, receive);
  }

  /**
   * Collects a piece of every rank on all of them (all-gather), in place.
   *
   * @param parts element r is rank r's: this rank's own is read, the others are written; of the
   *     same lengths on all ranks; none overlaps another. Best one behind the other in memory
   */
  public final void gather(List<MemorySegment> parts) throws InterruptedException {
    check("gather", parts);
    parts.forEach(segment -> requireWritable("gather", segment));
    gatherAll(parts);
  }

  /**
   * Gives all ranks what one of them has.
   *
   * @param data read on the root, written on the others; of the same length on all
   * @param root the rank that has it
   */
  public final void broadcast(MemorySegment data, int root) throws InterruptedException {
    checkSegment("broadcast", data);
    requireWritable("broadcast", data);
    require(root >= 0 && root < size(), "broadcast", "a root from 0 to " + (size() - 1), root);
    broadcastFrom(data, root);
  }

  /** Waits until all ranks are here. */
  public abstract void barrier() throws InterruptedException;

  /**
   * Ends the work of all ranks, from any thread and at any time. Other processes end; whether this
   * one does before the method returns depends on the way of communicating.
   *
   * @param code exit code for the other processes, not 0
   * @param reason why, in one line for people
   */
  public abstract void abort(int code, String reason);

  /**
   * Takes leave of the others, when all work is done. It may wait for them. Closing again does
   * nothing.
   */
  @Override
  public abstract void close();

  /** Does {@link #exchange} with arguments that have been checked. */
  protected abstract void exchangeAll(List<MemorySegment> send, List<MemorySegment> receive)
      throws InterruptedException;

  /** Does {@link #gather} with arguments that have been checked. */
  protected abstract void gatherAll(List<MemorySegment> parts) throws InterruptedException;

  /** Does {@link #broadcast} with arguments that have been checked. */
  protected abstract void broadcastFrom(MemorySegment data, int root) throws InterruptedException;

  private void check(String what, List<MemorySegment> segments) {
    require(segments.size() == size(), what, size() + " pieces, one per rank", segments.size());
    segments.forEach(segment -> checkSegment(what, segment));
  }

  private static void checkSegment(String what, MemorySegment segment) {
    Objects.requireNonNull(segment, what);
    require(segment.isNative(), what, "native memory", segment);
    long bytes = segment.byteSize();
    require(bytes % Integer.BYTES == 0, what, "a multiple of four bytes", bytes);
  }

  private static void requireWritable(String what, MemorySegment segment) {
    require(!segment.isReadOnly(), what, "memory that may be written", segment);
  }

  private static void require(boolean holds, String what, String expected, Object found) {
    if (!holds) {
      throw new IllegalArgumentException(
          "%s: expected %s, found %s".formatted(what, expected, found));
    }
  }
}
