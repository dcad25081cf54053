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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Adds up what several ranks have: of all nodes every rank gets a slice, folds it to the root, and
 * hands it to all. A rank sends and receives about twice the gradients, as with other ways to add
 * on many machines, and once more where it has a further node.
 *
 * <p>It goes in buckets, the last parameters first, whose gradients are final first in a backward
 * pass. All ranks have the same buckets in the same order, whatever each is at. Gradients in the
 * host's memory are exchanged while the pass goes on, by a thread of their own; a device's, whose
 * work is queued, when it has ended.
 */
final class GradientExchange implements AutoCloseable {
  /**
   * The least floats of a bucket, 4 MiB: small ones leave little to exchange behind the last
   * gradient, but each costs what a link carries while a call ends and the next begins, some 600 KB
   * twice (measured: docs/many-machines.md).
   */
  static final int BUCKET = 1 << 20;

  /** Where 4 MiB are less than one part in so many, that is a bucket. */
  private static final int MOST_BUCKETS = 8;

  private final Backend backend;
  private final Communicator communicator;
  private final int rank;
  private final Grains grains;

  /** The nodes of every rank. */
  private final List<List<Node>> nodes = new ArrayList<>();

  private final List<Bucket> buckets = new ArrayList<>();

  /** The bucket of every gradient. */
  private final int[] bucketOf;

  /** Null where all waits for the caller. */
  private final ExecutorService thread;

  /** Of this rank's nodes, what is summed at present. */
  private List<Tensor> own;

  /** How many gradients of each bucket are not final. */
  private int[] open;

  /** The sums that have been begun, in order. */
  private final List<Future<?>> begun = new ArrayList<>();

  /** Whether a bucket could not be summed: the ranks are not in step any more. */
  private boolean failed;

  /**
   * Neighbouring gradients.
   *
   * @param slices where the slice of every rank begins, and where that of the last ends
   * @param received this rank's slice of the nodes of the others
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody changes it
  private record Bucket(int[] slices, Map<Node, Tensor> received) {
    Tensor slice(Tensor all, int ofRank) {
      return all.slice(slices[ofRank], slices[ofRank + 1]);
    }
  }

  /**
   * Prepares the sums.
   *
   * @param arena gets room for the slices of others
   * @param communicator between the backends of all ranks
   * @param gradients what is exchanged, in the order and with the room of {@link GradientCopy}
   * @param least floats of a bucket; the one of the first parameters may be smaller
   */
  GradientExchange(
      Backend backend,
      TensorArena arena,
      Grains grains,
      Collective ranks,
      Communicator communicator,
      List<Tensor> gradients,
      int least) {
    this.backend = backend;
    this.communicator = communicator;
    this.rank = ranks.rank();
    this.grains = grains;
    this.bucketOf = new int[gradients.size()];
    int[] shares = grains.shares(ranks.size());
    for (int each = 0; each < ranks.size(); each++) {
      nodes.add(grains.nodes(shares[each], shares[each + 1]));
    }
    boolean onHost = gradients.getFirst().isOnHost();
    int aUnitEach = GradientCopy.ALIGNMENT * ranks.size();
    int end = gradients.stream().mapToInt(GradientCopy::room).reduce(0, Math::addExact);
    int from = end;
    int enough = Math.max(Math.max(least, end / MOST_BUCKETS), aUnitEach);
    for (int i = gradients.size() - 1; i >= 0; i--) {
      bucketOf[i] = buckets.size();
      from -= GradientCopy.room(gradients.get(i));
      boolean isBucket = end - from >= enough && from >= aUnitEach;
      if (from == 0 || onHost && isBucket) {
        buckets.add(bucket(arena, from, end));
        end = from;
      }
    }
    this.thread =
        onHost
            ? Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("deit4j-exchange").daemon()::unstarted)
            : null;
  }

  private Bucket bucket(TensorArena arena, int from, int end) {
    int ranks = nodes.size();
    long units = (end - from) / GradientCopy.ALIGNMENT;
    int[] slices = new int[ranks + 1];
    for (int each = 0; each <= ranks; each++) {
      slices[each] = from + Math.toIntExact(units * each / ranks * GradientCopy.ALIGNMENT);
    }
    Map<Node, Tensor> received = new HashMap<>();
    int floats = slices[rank + 1] - slices[rank];
    for (int each = 0; each < ranks; each++) {
      if (each != rank) {
        nodes.get(each).forEach(node -> received.put(node, arena.allocate(floats)));
      }
    }
    return new Bucket(slices, received);
  }

  /**
   * Begins to sum the nodes of all ranks.
   *
   * @param nodesOfThis this rank's, in order; each [floats]; lost but for the first, which gets the
   *     sum. Nothing of the last is final yet
   */
  void begin(List<Tensor> nodesOfThis) {
    own = nodesOfThis;
    open = new int[buckets.size()];
    for (int bucket : bucketOf) {
      open[bucket]++;
    }
  }

  /** Returns whether it works while the caller goes on. */
  boolean overlaps() {
    return thread != null;
  }

  /** Takes a gradient as final in all of this rank's nodes. */
  void markFinal(int gradient) {
    open[bucketOf[gradient]]--;
    while (thread != null && begun.size() < open.length && open[begun.size()] == 0) {
      List<Tensor> all = own;
      Bucket next = buckets.get(begun.size());
      begun.add(thread.submit(() -> sumInStep(next, all)));
    }
  }

  /** Waits until the first of this rank's nodes is the sum, when all gradients are final. */
  void await() throws InterruptedException {
    if (thread == null) {
      for (Bucket bucket : buckets) {
        sum(bucket, own);
      }
    }
    for (Future<?> sum : begun) {
      try {
        sum.get();
      } catch (ExecutionException e) {
        rethrow(e.getCause());
      }
    }
    begun.clear();
  }

  private static void rethrow(Throwable cause) throws InterruptedException {
    switch (cause) {
      case InterruptedException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(cause);
    }
  }

  private Void sumInStep(Bucket bucket, List<Tensor> all) throws InterruptedException {
    if (!failed) {
      try {
        sum(bucket, all);
      } catch (Throwable e) {
        failed = true;
        throw e;
      }
    }
    return null;
  }

  private void sum(Bucket bucket, List<Tensor> all) throws InterruptedException {
    int rounds = nodes.stream().mapToInt(List::size).max().orElseThrow();
    for (int round = 0; round < rounds; round++) {
      exchange(bucket, round < all.size() ? all.get(round) : null, round);
    }
    Map<Node, Tensor> slices = new HashMap<>(bucket.received);
    for (int i = 0; i < all.size(); i++) {
      slices.put(nodes.get(rank).get(i), bucket.slice(all.get(i), rank));
    }
    Tensor sum = fold(grains.root(), slices);
    Tensor first = all.getFirst();
    if (sum != slices.get(nodes.get(rank).getFirst())) {
      backend.copy(bucket.slice(first, rank), sum);
    }
    communicator.gather(
        IntStream.range(0, nodes.size()).mapToObj(each -> bucket.slice(first, each)).toList());
  }

  /** Sends every rank its slice of one node, and receives the own one of a node of each. */
  private void exchange(Bucket bucket, Tensor node, int round) throws InterruptedException {
    Map<Integer, Tensor> send = new TreeMap<>();
    Map<Integer, Tensor> receive = new TreeMap<>();
    for (int other = 0; other < nodes.size(); other++) {
      if (other != rank && node != null) {
        send.put(other, bucket.slice(node, other));
      }
      if (other != rank && round < nodes.get(other).size()) {
        receive.put(other, bucket.received.get(nodes.get(other).get(round)));
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

  /** Gives up what has been begun and not been awaited. */
  @Override
  public void close() {
    if (thread != null) {
      thread.shutdownNow();
      thread.close();
    }
  }
}
