package io.github.deit4j.train;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Communicator;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.Grains.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Adds up what several ranks have: of all nodes every rank gets a slice, folds it to the root, and
 * hands it to all. A rank sends and receives about twice the gradients, as with other ways to add
 * on many machines, and once more where it has a further node.
 */
final class GradientExchange {
  private final Backend backend;
  private final Communicator communicator;
  private final int rank;
  private final Grains grains;

  /** The nodes of every rank. */
  private final List<List<Node>> nodes = new ArrayList<>();

  /** Where the slice of every rank begins, and behind the last rank the number of floats. */
  private final int[] slices;

  /** This rank's slice of the nodes of the others. */
  private final Map<Node, Tensor> received = new HashMap<>();

  /**
   * Prepares the sums.
   *
   * @param arena gets room for the slices of others
   * @param communicator between the backends of all ranks
   * @param floats of each of this rank's nodes
   */
  GradientExchange(
      Backend backend,
      TensorArena arena,
      Grains grains,
      Collective ranks,
      Communicator communicator,
      int floats) {
    this.backend = backend;
    this.communicator = communicator;
    this.rank = ranks.rank();
    this.grains = grains;
    int[] shares = grains.shares(ranks.size());
    int units = floats / GradientCopy.ALIGNMENT;
    this.slices = new int[ranks.size() + 1];
    for (int each = 0; each < ranks.size(); each++) {
      nodes.add(grains.nodes(shares[each], shares[each + 1]));
      long end = (long) units * (each + 1) / ranks.size();
      slices[each + 1] = Math.toIntExact(end * GradientCopy.ALIGNMENT);
    }
    int own = slices[rank + 1] - slices[rank];
    for (int each = 0; each < ranks.size(); each++) {
      if (each != rank) {
        nodes.get(each).forEach(node -> received.put(node, arena.allocate(own)));
      }
    }
  }

  private Tensor slice(Tensor all, int ofRank) {
    return all.slice(slices[ofRank], slices[ofRank + 1]);
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
      all.put(nodes.get(rank).get(i), slice(own.get(i), rank));
    }
    Tensor sum = fold(grains.root(), all);
    Tensor first = own.getFirst();
    if (sum != all.get(nodes.get(rank).getFirst())) {
      backend.copy(slice(first, rank), sum);
    }
    gather(first);
  }

  /** Sends every rank its slice of one node, and receives the own one of a node of each. */
  private void exchange(Tensor own, int round) throws InterruptedException {
    Map<Integer, Tensor> send = new TreeMap<>();
    Map<Integer, Tensor> receive = new TreeMap<>();
    for (int other = 0; other < nodes.size(); other++) {
      if (other != rank && own != null) {
        send.put(other, slice(own, other));
      }
      if (other != rank && round < nodes.get(other).size()) {
        receive.put(other, received.get(nodes.get(other).get(round)));
      }
    }
    communicator.exchange(send, receive);
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
    communicator.gather(
        IntStream.range(0, nodes.size()).mapToObj(each -> slice(all, each)).toList());
  }
}
