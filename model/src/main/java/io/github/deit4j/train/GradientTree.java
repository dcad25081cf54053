package io.github.deit4j.train;

import io.github.deit4j.collective.Collective;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Communicator;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.Grains.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

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
 */
final class GradientTree implements AutoCloseable {
  private final Backend backend;
  private final Grains grains;
  private final Gradients gradients;
  private final TensorArena arena;

  /** Null where there is one rank. */
  private final GradientExchange exchange;

  private final Deque<Sum> finished = new ArrayDeque<>();
  private final Deque<GradientCopy> free = new ArrayDeque<>();

  /** What the gradients hold, null before the first grain of a batch. */
  private Node newest;

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
    this.backend = backend;
    this.grains = grains;
    this.gradients = gradients;
    this.arena = backend.arena("grains");
    try {
      this.exchange = ranks.size() == 1 ? null : exchange(ranks, communicator);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private GradientExchange exchange(Collective ranks, Communicator communicator) {
    free.push(newCopy());
    int floats = Math.toIntExact(free.peek().all().elements());
    return new GradientExchange(backend, arena, grains, ranks, communicator, floats);
  }

  /** Makes ready for the first grain of a batch: forgets all others. */
  void begin() {
    finished.forEach(sum -> free.push(sum.gradients));
    finished.clear();
    newest = null;
  }

  /** Sets the gradients to zero for the backward passes of a grain, in ascending order of both. */
  void beginGrain() {
    putAway();
    gradients.clear();
  }

  private void putAway() {
    if (newest != null) {
      GradientCopy copy = free.isEmpty() ? newCopy() : free.pop();
      copy(copy.each(), gradients.tensors());
      finished.push(new Sum(newest, copy));
      newest = null;
    }
  }

  /** Takes the gradients as those of a grain. */
  void endGrain(int grain) {
    newest = new Node(grain, grain + 1);
    while (!finished.isEmpty()) {
      Node parent = grains.parent(finished.peek().node, newest);
      if (parent == null) {
        return;
      }
      GradientCopy left = finished.pop().gradients;
      for (int i = 0; i < left.each().size(); i++) {
        Tensor sum = gradients.tensors().get(i);
        backend.elementwise().add(sum, left.each().get(i), sum);
      }
      free.push(left);
      newest = parent;
    }
  }

  /** Leaves the sum of all grains in the gradients, on every rank, when each has done its own. */
  void sum() throws InterruptedException {
    if (exchange != null) {
      putAway();
      List<Tensor> own = new ArrayList<>();
      finished.descendingIterator().forEachRemaining(sum -> own.add(sum.gradients.all()));
      exchange.sum(own);
      copy(gradients.tensors(), finished.peekLast().gradients.each());
    }
  }

  private GradientCopy newCopy() {
    return GradientCopy.of(backend, arena, gradients.tensors());
  }

  private void copy(List<Tensor> to, List<Tensor> from) {
    for (int i = 0; i < to.size(); i++) {
      backend.copy(to.get(i), from.get(i));
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
