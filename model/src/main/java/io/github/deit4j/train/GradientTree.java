package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.collective.Collective;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Communicator;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.Grains.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds up the gradients of an effective batch in the order of {@link Grains}, on one rank or many.
 *
 * <p>The backward pass adds to the gradients of the parameters. At a grain's end they are folded
 * with the sums of the grains before, as soon as two are siblings. So on one rank of n grains at
 * most ⌈log₂ n⌉ copies live beside the gradients, and with one grain there is none, and no work is
 * added; one of several ranks has besides a copy of each of its nodes, and its slice of the
 * others'. (A copy less would do if each parameter were folded within the backward pass as soon as
 * its gradient is there. Beside the activations, which {@code batch} makes smaller, that is
 * little.)
 *
 * <p>On several ranks the last grain of each goes another way: in the backward pass of its last
 * part a gradient is folded as soon as it is final, and exchanged, while the pass goes on. It is
 * final when as many ops have added to it as in the pass before, which saw the same model.
 */
final class GradientTree implements AutoCloseable {
  private final Backend backend;
  private final Grains grains;
  private final Gradients gradients;
  private final TensorArena arena;

  /** Null where there is one rank. */
  private final GradientExchange exchange;

  /** This rank's last grain. */
  private final int lastGrain;

  /** The number of each parameter's gradient. */
  private final Map<Tensor, Integer> numbers = new IdentityHashMap<>();

  private final Deque<Sum> finished = new ArrayDeque<>();
  private final Deque<GradientCopy> free = new ArrayDeque<>();

  /** What the gradients hold, null before the first grain of a batch. */
  private Node newest;

  /** How many ops have added to each gradient in the backward pass at work. */
  private int[] additions;

  /** The same of the whole pass before, null before there was one. */
  private int[] expected;

  /** What becomes of the gradients of the last grain, while its last part is at work; or null. */
  private Completion completion;

  /** What the gradients of a node's images add up to. */
  private record Sum(Node node, GradientCopy gradients) {}

  /**
   * Prepares the sums.
   *
   * @param communicator between the backends of all ranks
   */
  GradientTree(
      Backend backend,
      Grains grains,
      Gradients gradients,
      Collective ranks,
      Communicator communicator) {
    this(backend, grains, gradients, ranks, communicator, GradientExchange.BUCKET);
  }

  /** The same with another size of the exchange's buckets. */
  GradientTree(
      Backend backend,
      Grains grains,
      Gradients gradients,
      Collective ranks,
      Communicator communicator,
      int bucket) {
    this.backend = backend;
    this.grains = grains;
    this.gradients = gradients;
    this.lastGrain = grains.shares(ranks.size())[ranks.rank() + 1] - 1;
    for (Tensor gradient : gradients.tensors()) {
      numbers.put(gradient, numbers.size());
    }
    this.arena = backend.arena("grains");
    try {
      this.exchange = ranks.size() == 1 ? null : exchange(ranks, communicator, bucket);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private GradientExchange exchange(Collective ranks, Communicator communicator, int bucket) {
    return new GradientExchange(
        backend, arena, grains, ranks, communicator, gradients.tensors(), bucket);
  }

  /** Makes ready for the first grain of a batch: forgets all others. */
  void begin() {
    finished.forEach(sum -> free.push(sum.gradients));
    finished.clear();
    newest = null;
  }

  /** Sets the gradients to zero for the backward passes of a grain, in ascending order of both. */
  void beginGrain() {
    if (newest != null) {
      GradientCopy copy = takeFree();
      for (int i = 0; i < numbers.size(); i++) {
        backend.copy(copy.each().get(i), gradients.tensors().get(i));
      }
      finished.push(new Sum(newest, copy));
      newest = null;
    }
    gradients.clear();
  }

  /**
   * Prepares for the backward pass of a part of a grain, which is told to {@link #grown}.
   *
   * @param last whether it is the grain's last
   */
  void beginPart(int grain, boolean last) {
    expected = additions;
    additions = new int[numbers.size()];
    boolean completes = exchange != null && last && grain == lastGrain;
    if (completes && exchange.overlaps() && expected != null) {
      completion = new Completion(grain);
      for (int number = 0; number < expected.length; number++) {
        if (expected[number] == 0) {
          completion.take(number);
        }
      }
    }
  }

  /** Hears that an op has added to the gradient of a parameter. */
  void grown(Parameter parameter) {
    int number = numbers.get(parameter.gradient());
    additions[number]++;
    if (completion != null) {
      if (additions[number] > expected[number]) {
        throw new IllegalStateException(
            "gradient of %s: expected %d additions in a backward pass, as in the one before, found more"
                .formatted(parameter, expected[number]));
      }
      if (additions[number] == expected[number]) {
        completion.take(number);
      }
    }
  }

  /** Takes the gradients as those of a grain. */
  void endGrain(int grain) {
    if (exchange != null && grain == lastGrain) {
      (completion == null ? new Completion(grain) : completion).end();
      completion = null;
      return;
    }
    Node node = new Node(grain, grain + 1);
    for (Sum left = sibling(node); left != null; left = sibling(node)) {
      for (int i = 0; i < numbers.size(); i++) {
        add(gradients.tensors().get(i), left.gradients.each().get(i));
      }
      free.push(left.gradients);
      node = grains.parent(left.node, node);
    }
    newest = node;
  }

  /** Takes away and returns the sum that a node is added to; null if that is not there. */
  private Sum sibling(Node node) {
    boolean isThere = !finished.isEmpty() && grains.parent(finished.peek().node, node) != null;
    return isThere ? finished.pop() : null;
  }

  private void add(Tensor sum, Tensor left) {
    backend.elementwise().add(sum, left, sum);
  }

  private GradientCopy takeFree() {
    return free.isEmpty() ? GradientCopy.of(backend, arena, gradients.tensors()) : free.pop();
  }

  /** Leaves the sum of all grains in the gradients, on every rank, when each has done its own. */
  void sum() throws InterruptedException {
    if (exchange != null) {
      exchange.await();
      copy(gradients.tensors(), finished.peekLast().gradients.each());
    }
  }

  private void copy(List<Tensor> to, List<Tensor> from) {
    for (int i = 0; i < to.size(); i++) {
      backend.copy(to.get(i), from.get(i));
    }
  }

  /** Waits for the end of what the exchange is doing, if it failed. */
  @Override
  public void close() {
    try (arena;
        exchange) {
      // Both are closed, even if one fails.
    }
  }

  /** What becomes of the gradients of the last grain, one after the other. */
  private final class Completion {
    /** The sums that they are added to, the nearest first, but for the last. */
    private final List<GradientCopy> lefts = new ArrayList<>();

    /** The last of them, which they go to, too; or a free place. */
    private final GradientCopy result;

    private final boolean addsToResult;
    private final boolean[] done = new boolean[numbers.size()];

    Completion(int grain) {
      Node node = new Node(grain, grain + 1);
      for (Sum left = sibling(node); left != null; left = sibling(node)) {
        lefts.add(left.gradients);
        node = grains.parent(left.node, node);
      }
      addsToResult = !lefts.isEmpty();
      result = addsToResult ? lefts.removeLast() : takeFree();
      finished.push(new Sum(node, result));
      exchange.begin(finished.reversed().stream().map(sum -> sum.gradients.all()).toList());
    }

    /** Takes a gradient that is final. */
    void take(int number) {
      Tensor gradient = gradients.tensors().get(number);
      lefts.forEach(left -> add(gradient, left.each().get(number)));
      Tensor to = result.each().get(number);
      if (addsToResult) {
        backend.elementwise().add(to, to, gradient);
      } else {
        backend.copy(to, gradient);
      }
      done[number] = true;
      exchange.markFinal(number);
    }

    /** Takes the gradients that are left. */
    void end() {
      for (int number = 0; number < done.length; number++) {
        if (!done[number]) {
          take(number);
        }
      }
      free.addAll(lefts);
    }
  }
}
