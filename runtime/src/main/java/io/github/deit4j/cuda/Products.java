package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.MatrixProduct;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Region;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.HashMap;
import java.util.Map;

/**
 * The matrix products of linear layers at the backend's precision. In BF16 the factors are rounded
 * in scratch memory right before the product; the weights of a model that is only used are rounded
 * once. Results and sums are float32 always.
 */
final class Products {
  private final Launcher launcher;
  private final MatrixProduct product;
  private final Precision precision;
  private final Map<Tensor, Prepared> prepared = new HashMap<>();

  /** A weight's numbers rounded to BF16, and where they came from. */
  private record Prepared(Region.Device source, TensorArena arena, Tensor rounded) {
    boolean endIfOverlapping(Region.Device changed) {
      boolean overlapping =
          source.address() < changed.address() + changed.bytes()
              && changed.address() < source.address() + source.bytes();
      if (overlapping) {
        arena.close();
      }
      return overlapping;
    }
  }

  Products(Launcher launcher, Precision precision) {
    this.launcher = launcher;
    this.product = launcher.context().matrixProduct();
    this.precision = precision;
  }

  /** {@code y = x·wᵀ + b}; b is null for none. */
  void linear(Tensor y, Tensor x, Tensor w, Tensor b) {
    product.multiply(y, factor(x), false, weight(w), true, 0, b);
  }

  /** {@code dx = dy·w}. */
  void inputGradient(Tensor dx, Tensor dy, Tensor w) {
    product.multiply(dx, factor(dy), false, weight(w), false, 0, null);
  }

  /** {@code dw += dyᵀ·x}. */
  void weightGradient(Tensor dw, Tensor dy, Tensor x) {
    product.multiply(dw, factor(dy), true, factor(x), false, 1, null);
  }

  private Tensor factor(Tensor x) {
    if (precision != Precision.BF16) {
      return x;
    }
    Tensor rounded = launcher.scratch(DType.BF16, x.shape());
    round(rounded, x);
    return rounded;
  }

  private void round(Tensor rounded, Tensor x) {
    launcher.bfloat16.elements("toBfloat16", x.elements(), rounded, x);
  }

  private Tensor weight(Tensor w) {
    Prepared found = prepared.get(w);
    return found == null ? factor(w) : found.rounded;
  }

  /** Keeps a weight's factors until it changes. */
  void prepare(Tensor w) {
    if (precision != Precision.BF16) {
      return;
    }
    forget(w);
    TensorArena arena = launcher.context().arena("rounded", Long.MAX_VALUE);
    try {
      Tensor rounded = arena.allocate(DType.BF16, w.shape());
      round(rounded, w);
      prepared.put(w, new Prepared(memory(w), arena, rounded));
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** Drops what was kept of all weights that share memory with a tensor about to change. */
  void forget(Tensor changed) {
    if (!prepared.isEmpty()) {
      forget(memory(changed));
    }
  }

  /** Drops what was kept of all weights in memory that is about to be freed. */
  void forget(Region.Device freed) {
    synchronized (launcher.context()) {
      prepared.values().removeIf(each -> each.endIfOverlapping(freed));
    }
  }

  private Region.Device memory(Tensor x) {
    String device = launcher.context().device();
    return new Region.Device(device, x.address(device), x.elements() * x.dtype().bytes());
  }

  /** Drops all that was kept. */
  void close() {
    prepared.values().forEach(each -> each.arena.close());
    prepared.clear();
  }
}
