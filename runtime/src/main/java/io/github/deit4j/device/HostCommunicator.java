package io.github.deit4j.device;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Hands over what lies in the host's memory, and what lies on a device by way of it: read there,
 * and written to the other device.
 */
public final class HostCommunicator implements Communicator {
  private final Backend backend;
  private final Collective ranks;
  private final String description;
  private MemorySegment memory = MemorySegment.NULL;

  /** For tensors in the host's memory. */
  HostCommunicator(Backend backend, Collective ranks) {
    this.backend = backend;
    this.ranks = ranks;
    this.description = ranks.description();
  }

  /**
   * For tensors of a device.
   *
   * @param reason why they go this way, in words
   */
  public HostCommunicator(Backend backend, Collective ranks, String reason) {
    this.backend = backend;
    this.ranks = ranks;
    this.description =
        "%s, by way of the host's memory (%s)".formatted(ranks.description(), reason);
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public void exchange(Map<Integer, Tensor> send, Map<Integer, Tensor> receive)
      throws InterruptedException {
    Places places =
        new Places(Stream.of(send, receive).map(Map::values).flatMap(Collection::stream));
    List<MemorySegment> sent = new ArrayList<>();
    List<MemorySegment> received = new ArrayList<>();
    for (int rank = 0; rank < ranks.size(); rank++) {
      sent.add(places.of(send.get(rank)));
      received.add(places.of(receive.get(rank)));
    }
    send.values().forEach(places::read);
    ranks.exchange(sent, received);
    receive.values().forEach(places::write);
  }

  @Override
  public void gather(List<Tensor> parts) throws InterruptedException {
    Places places = new Places(parts.stream());
    places.read(parts.get(ranks.rank()));
    ranks.gather(parts.stream().map(places::of).toList());
    for (int rank = 0; rank < parts.size(); rank++) {
      if (rank != ranks.rank()) {
        places.write(parts.get(rank));
      }
    }
  }

  @Override
  public void close() {
    // The ranks are the caller's.
  }

  /** Where the host has the tensors of a call: where they lie, or a place for a device's. */
  private final class Places {
    private final Map<Tensor, MemorySegment> ofDevice = new HashMap<>();

    Places(Stream<Tensor> tensors) {
      List<Tensor> away = tensors.filter(tensor -> !tensor.isOnHost()).toList();
      long bytes = away.stream().mapToLong(Places::bytes).sum();
      if (memory.byteSize() < bytes) {
        memory = Arena.ofAuto().allocate(bytes, Long.BYTES);
      }
      long at = 0;
      for (Tensor tensor : away) {
        ofDevice.put(tensor, memory.asSlice(at, bytes(tensor)));
        at += bytes(tensor);
      }
    }

    private static long bytes(Tensor tensor) {
      return tensor.elements() * tensor.dtype().bytes();
    }

    /** Returns a tensor's place, an empty one for none. */
    MemorySegment of(Tensor tensor) {
      if (tensor == null) {
        return MemorySegment.NULL;
      }
      return tensor.isOnHost() ? tensor.segment() : ofDevice.get(tensor);
    }

    void read(Tensor tensor) {
      if (!tensor.isOnHost()) {
        backend.read(of(tensor), tensor);
      }
    }

    void write(Tensor tensor) {
      if (!tensor.isOnHost()) {
        backend.write(tensor, of(tensor));
      }
    }
  }
}
