package io.github.deit4j.train;

import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;

/**
 * Room for the gradients of all parameters, one behind the other.
 *
 * @param all of them, a whole number of {@link #ALIGNMENT}; [floats]
 * @param each as the parameters have them, in their order
 */
record GradientCopy(Tensor all, List<Tensor> each) {
  /** Where a parameter's gradient may begin, in floats: what a vector or a cache line holds. */
  static final int ALIGNMENT = 16;

  /** Allocates room for copies of some gradients, and fills it with zeros. */
  static GradientCopy of(Backend backend, TensorArena arena, List<Tensor> gradients) {
    int floats = 0;
    List<Integer> begins = new ArrayList<>();
    for (Tensor gradient : gradients) {
      begins.add(floats);
      floats = Math.addExact(floats, room(gradient));
    }
    Tensor all = arena.allocate(floats);
    backend.fill(all, 0f);
    List<Tensor> each = new ArrayList<>();
    for (Tensor gradient : gradients) {
      int begin = begins.get(each.size());
      int end = begin + Math.toIntExact(gradient.elements());
      each.add(all.slice(begin, end).reshape(gradient.shape().sizes()));
    }
    return new GradientCopy(all, List.copyOf(each));
  }

  /** Returns how many floats a gradient takes up. */
  static int room(Tensor gradient) {
    return Math.toIntExact(Math.ceilDiv(gradient.elements(), ALIGNMENT) * ALIGNMENT);
  }
}
