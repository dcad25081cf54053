package io.github.deit4j.train;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.Grains.Node;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds up what several ranks have: of all nodes every rank gets a slice, folds it to the root, and
 * hands it to all. A rank sends and receives about twice the gradients, as with other ways to add
 * on many machines, and once more where it has a further node.
 */
final class GradientExchange {
  private static final MemorySegment NOTHING = MemorySegment.NULL;

  private final Backend backend;
  private final Collective ranks;
  private final Grains grains;

  /** The nodes of every rank. */
  private final List<List<Node>> nodes = new ArrayList<>();

  /** Where the slice of every rank begins, and behind the last rank the number of floats. */
  private final int[] slices;

  /** This rank's slice of the nodes of the others. */
  private final Map<Node, Tensor> received = new HashMap<>();

  /** Null where gradients lie in the host's memory. */
  private final Mirror mirror;

  /** The host's memory for the gradients of a device, and for one slice of each rank. */
  private record Mirror(MemorySegment all, List<MemorySegment> slices) {}

  /**
   * Prepares the sums.
   *
   * @param arena gets room for the slices of others
   * @param example what this rank's nodes will look like, [floats]
   */
  GradientExchange(
      Backend backend, TensorArena arena, Grains grains, Collective ranks, Tensor example) {
    this.backend = backend;
    this.ranks = ranks;
    this.grains = grains;
    int[] shares = grains.shares(ranks.size());
    int units = example.shape().size(0) / GradientCopy.ALIGNMENT;
    this.slices = new int[ranks.size() + 1];
    for (int rank = 0; rank < ranks.size(); rank++) {
      nodes.add(grains.nodes(shares[rank], shares[rank + 1]));
      long end = (long) units * (rank + 1) / ranks.size();
      slices[rank + 1] = Math.toIntExact(end * GradientCopy.ALIGNMENT);
    }
    for (int rank = 0; rank < ranks.size(); rank++) {
      if (rank != ranks.rank()) {
        nodes.get(rank).forEach(node -> received.put(node, arena.allocate(ownFloats())));
      }
    }
    this.mirror = example.isOnHost() ? null : mirror(example);
  }

  private Mirror mirror(Tensor all) {
    Arena memory = Arena.ofAuto();
    List<MemorySegment> landings = new ArrayList<>();
    for (int rank = 0; rank < ranks.size(); rank++) {
      landings.add(memory.allocate((long) Float.BYTES * ownFloats()));
    }
    return new Mirror(memory.allocate(Float.BYTES * all.elements()), landings);
  }

  private int ownFloats() {
    return slices[ranks.rank() + 1] - slices[ranks.rank()];
  }

  private Tensor ownSlice(Tensor all) {
    return all.slice(slices[ranks.rank()], slices[ranks.rank() + 1]);
  }

  /**
   * Leaves the sum of all ranks' nodes in the first of this rank's own.
   *
   * @param own of this rank's nodes, in order; each [floats]; lost but for the first
   */
  void sum(List<Tensor> own) throws InterruptedException {
    int rounds = nodes.stream().mapToInt(List::size).max().orElseThrow();
    for (int round = 0; round < rounds; round++) {
      exchange(round < own.size() ? own.get(round) : null, round);
    }
    Map<Node, Tensor> all = new HashMap<>(received);
    for (int i = 0; i < own.size(); i++) {
      all.put(nodes.get(ranks.rank()).get(i), ownSlice(own.get(i)));
    }
    Tensor sum = fold(grains.root(), all);
    Tensor first = own.getFirst();
    if (sum != all.get(nodes.get(ranks.rank()).getFirst())) {
      backend.copy(ownSlice(first), sum);
    }
    gather(first);
  }

  /** Sends every rank its slice of one node, and receives the own one of a node of each. */
  private void exchange(Tensor own, int round) throws InterruptedException {
    MemorySegment memory = own == null ? null : onHost(own);
    List<MemorySegment> send = new ArrayList<>();
    List<MemorySegment> receive = new ArrayList<>();
    for (int rank = 0; rank < ranks.size(); rank++) {
      boolean other = rank != ranks.rank();
      send.add(other && memory != null ? slice(memory, rank) : NOTHING);
      receive.add(other && round < nodes.get(rank).size() ? landing(rank, round) : NOTHING);
    }
    ranks.exchange(send, receive);
    for (int rank = 0; mirror != null && rank < ranks.size(); rank++) {
      if (receive.get(rank).byteSize() > 0) {
        backend.write(received.get(nodes.get(rank).get(round)), receive.get(rank));
      }
    }
  }

  private MemorySegment onHost(Tensor all) {
    if (mirror == null) {
      return all.segment();
    }
    backend.read(mirror.all, all);
    return mirror.all;
  }

  private MemorySegment landing(int rank, int round) {
    return mirror == null
        ? received.get(nodes.get(rank).get(round)).segment()
        : mirror.slices.get(rank);
  }

  private MemorySegment slice(MemorySegment all, int rank) {
    long from = (long) Float.BYTES * slices[rank];
    return all.asSlice(from, (long) Float.BYTES * slices[rank + 1] - from);
  }

  /** Folds slices in place; the sum is where the node's first one was. */
  private Tensor fold(Node node, Map<Node, Tensor> given) {
    Tensor known = given.get(node);
    if (known != null) {
      return known;
    }
    Tensor left = fold(node.left(), given);
    Tensor right = fold(node.right(), given);
    backend.elementwise().add(left, left, right);
    return left;
  }

  private void gather(Tensor all) throws InterruptedException {
    MemorySegment memory = onHost(all);
    List<MemorySegment> parts = new ArrayList<>();
    for (int rank = 0; rank < ranks.size(); rank++) {
      parts.add(slice(memory, rank));
    }
    ranks.gather(parts);
    if (mirror != null) {
      backend.write(all, memory);
    }
  }
}
