package io.github.deit4j.autograd;

import io.github.deit4j.tensor.DType;
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

  private final Map<Size, Deque<Tensor>> free = new HashMap<>();
  private final DType activationType;

  private record Size(DType dtype, long elements) {
    static Size of(Tensor piece) {
      return new Size(piece.dtype(), piece.elements());
    }
  }

  GradientMemory(TensorArena arena, DType activationType) {
    this.arena = arena;
    this.activationType = activationType;
  }

  /**
   * Returns a piece of the tensor's shape, not in use yet, holding whatever was there: of the
   * tensor's type if that is one of activations, or else float32.
   */
  Tensor allocate(Tensor like) {
    DType dtype = like.dtype() == activationType ? activationType : DType.F32;
    Deque<Tensor> pieces = free.get(new Size(dtype, like.elements()));
    Tensor piece =
        pieces == null || pieces.isEmpty()
            ? arena.allocate(dtype, like.shape())
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
      free.computeIfAbsent(Size.of(piece), ignored -> new ArrayDeque<>()).push(piece);
    }
  }
}
