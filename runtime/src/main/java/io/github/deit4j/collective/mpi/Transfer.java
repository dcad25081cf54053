package io.github.deit4j.collective.mpi;

import io.github.deit4j.collective.CollectiveException;
import io.github.deit4j.collective.Idle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * What one rank sends and receives in one call. Both sides cut what is long in the same way: MPI
 * counts in ints, and whoever waits sees by the pieces that it goes on.
 */
final class Transfer {
  /**
   * Bytes. Measured on two cores (Zen 5, two ranks, 22 M floats to and fro): pieces of 1 MiB took
   * 19 ms with Open MPI 4.1.4 and 21 ms with MPICH 4.0.2, of 4 MiB 21 and 34, of 64 MiB 19 and 88.
   */
  private static final long LONGEST_PIECE = 1L << 20;

  private final String call;
  private final int tag;
  private final List<Message> messages = new ArrayList<>();

  /**
   * Creates a call without messages.
   *
   * @param call its name
   * @param tag sets its messages apart from those of calls with other names
   */
  Transfer(String call, int tag) {
    this.call = call;
    this.tag = tag;
  }

  /** Adds a message to a rank; one without bytes too. */
  Transfer send(int peer, MemorySegment data) {
    messages.add(new Message(false, peer, data));
    return this;
  }

  /** Adds a message from a rank; one without bytes too. */
  Transfer receive(int peer, MemorySegment data) {
    messages.add(new Message(true, peer, data));
    return this;
  }

  /**
   * Delivers all messages.
   *
   * @param patience how long nothing may move
   * @param stop asked while waiting: whether to give up
   * @return whether all are delivered; if not, the library may go on writing into the memory
   */
  boolean deliver(MpiCalls mpi, Duration patience, BooleanSupplier stop) {
    try (Arena arena = Arena.ofShared()) {
      // Receives first: what arrives finds its place then, and need not be kept elsewhere.
      messages.stream().filter(message -> message.received).forEach(m -> m.begin(mpi, arena));
      messages.stream().filter(message -> !message.received).forEach(m -> m.begin(mpi, arena));
      List<Message> open = new ArrayList<>(messages);
      Idle idle = new Idle();
      while (!open.isEmpty()) {
        if (stop.getAsBoolean()) {
          return false;
        }
        boolean moved = false;
        for (Message message : open) {
          moved |= message.moves(mpi);
        }
        open.removeIf(Message::isDelivered);
        if (moved) {
          idle = new Idle();
        } else if (idle.since().compareTo(patience) > 0) {
          throw new CollectiveException.TimedOut(timedOut(open, patience));
        } else {
          idle.rest();
        }
      }
      return true;
    }
  }

  private String timedOut(List<Message> open, Duration patience) {
    boolean receiving = open.stream().anyMatch(message -> message.received);
    String silent =
        open.stream()
            .filter(message -> message.received == receiving)
            .map(message -> Integer.toString(message.peer))
            .collect(Collectors.joining(", "));
    return ("%s: waited %d s for rank %s, which hangs, has died or cannot be reached; look at its"
            + " machine and at the network between (where this is usual, %s=SECONDS waits longer)")
        .formatted(call, patience.toSeconds(), silent, Mpi.TIMEOUT_VARIABLE);
  }

  /** One message, in pieces that arrive in their order. */
  private final class Message {
    private final boolean received;
    private final int peer;
    private final MemorySegment data;
    private final int pieces;
    private int delivered;
    private MemorySegment requests;

    Message(boolean received, int peer, MemorySegment data) {
      this.received = received;
      this.peer = peer;
      this.data = data;
      // Nothing at all is a piece too.
      this.pieces = Math.toIntExact(Math.max(1, Math.ceilDiv(data.byteSize(), LONGEST_PIECE)));
    }

    private MemorySegment piece(int index) {
      long from = index * LONGEST_PIECE;
      return data.asSlice(from, Math.min(LONGEST_PIECE, data.byteSize() - from));
    }

    void begin(MpiCalls mpi, Arena arena) {
      requests = MpiCalls.requests(pieces, arena);
      for (int i = 0; i < pieces; i++) {
        if (received) {
          mpi.receive(piece(i), peer, tag, requests, i);
        } else {
          mpi.send(piece(i), peer, tag, requests, i);
        }
      }
    }

    boolean isDelivered() {
      return delivered == pieces;
    }

    /** Returns whether a piece has been delivered since the last question. */
    boolean moves(MpiCalls mpi) {
      int before = delivered;
      while (!isDelivered() && mpi.ended(requests, delivered)) {
        if (received) {
          requireWhole(piece(delivered).byteSize(), mpi.received());
        }
        delivered++;
      }
      return delivered > before;
    }

    private void requireWhole(long expected, int found) {
      if (found != expected) {
        throw new CollectiveException.Mismatch(
            "%s: expected %,d bytes from rank %d, found %,d"
                .formatted(call, expected, peer, found));
      }
    }
  }
}
