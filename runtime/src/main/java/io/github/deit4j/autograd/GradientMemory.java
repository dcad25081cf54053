package io.github.deit4j.autograd;

import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Memory of activation gradients, which live shortly: it comes from the step arena and goes round
 * among gradients of equal size. Tensors of others may pass through it, but are never reused.
 */
final class GradientMemory {
  private final TensorArena arena;

  /** How many tensors have each piece as their gradient; pieces of others are not listed. */
  private final Map<Tensor, Integer> uses = new IdentityHashMap<>();

  private final Map<Long, Deque<Tensor>> free = new HashMap<>();

  GradientMemory(TensorArena arena) {
    this.arena = arena;
  }

  /** Returns a float32 piece of the tensor's shape, not in use yet, holding whatever was there. */
  Tensor allocate(Tensor like) {
    Deque<Tensor> pieces = free.get(like.elements());
    Tensor piece =
        pieces == null || pieces.isEmpty()
            ? arena.allocate(like.shape().sizes())
            : pieces.pop().reshape(like.shape().sizes());
    uses.put(piece, 0);
    return piece;
  }

  void use(Tensor piece) {
    uses.computeIfPresent(piece, (ignored, count) -> count + 1);
  }

  void unuse(Tensor piece) {
    uses.computeIfPresent(piece, (ignored, count) -> count - 1);
    releaseIfUnused(piece);
  }

  void releaseIfUnused(Tensor piece) {
    if (uses.remove(piece, 0)) {
      free.computeIfAbsent(piece.elements(), ignored -> new ArrayDeque<>()).push(piece);
    }
  }
}
