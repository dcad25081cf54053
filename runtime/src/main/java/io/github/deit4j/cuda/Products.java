package io.github.deit4j.cuda;

import io.github.deit4j.cuda.device.MatrixProduct;
import io.github.deit4j.cuda.device.ProductEpilogue;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Region;
import io.github.deit4j.tensor.Tensor;

/**
 * The matrix products of linear layers at the backend's precision. In BF16 weights are rounded once
 * for each time they change, and factors that come in float32 in scratch memory right before the
 * product. A result in BF16 is rounded once, with all that the epilogue does; sums are float32
 * always.
 */
final class Products {
  private final Launcher launcher;
  private final MatrixProduct product;
  private final Precision precision;

  /** Null where products take float32. */
  private final RoundedWeights weights;

  Products(Launcher launcher, Precision precision) {
    this.launcher = launcher;
    this.product = launcher.context().matrixProduct();
    this.precision = precision;
    this.weights = precision == Precision.BF16 ? new RoundedWeights(launcher) : null;
  }

  /** Returns the type in which results of products may be kept. */
  DType activationType() {
    return precision == Precision.BF16 ? DType.BF16 : DType.F32;
  }

  /** {@code y = x·wᵀ + b}; b is null for none. */
  void linear(Tensor y, Tensor x, Tensor w, Tensor b) {
    product.multiply(y, factor(x), false, weight(w), true, 0, vector(b, y));
  }

  /** {@code y = base + x·wᵀ + b}, or false where that takes two steps. */
  boolean linearAdded(Tensor y, Tensor base, Tensor x, Tensor w, Tensor b) {
    ProductEpilogue epilogue = ProductEpilogue.bias(vector(b, y)).added(base);
    return product.multiply(y, factor(x), false, weight(w), true, epilogue);
  }

  /**
   * {@code y = gelu(x·wᵀ + b)} by the library's GELU, which is in BF16 only, or false where that
   * takes two steps.
   *
   * @param pre takes what the GELU is given; null for nowhere
   */
  boolean linearGelu(Tensor y, Tensor pre, Tensor x, Tensor w, Tensor b) {
    if (y.dtype() != DType.BF16 || pre != null && pre.dtype() != DType.BF16) {
      return false;
    }
    ProductEpilogue epilogue = ProductEpilogue.gelu(vector(b, y), pre);
    return product.multiply(y, factor(x), false, weight(w), true, epilogue);
  }

  /** {@code dx = dy·w}. */
  void inputGradient(Tensor dx, Tensor dy, Tensor w) {
    product.multiply(dx, factor(dy), false, weight(w), false, 0, null);
  }

  /** {@code dx = (dy·w)·gelu'(pre)} by the library's GELU, or false where that takes two steps. */
  boolean inputGradientGelu(Tensor dx, Tensor pre, Tensor dy, Tensor w) {
    if (dx.dtype() != DType.BF16 || pre.dtype() != DType.BF16) {
      return false;
    }
    ProductEpilogue epilogue = ProductEpilogue.geluGradient(pre);
    return product.multiply(dx, factor(dy), false, weight(w), false, epilogue);
  }

  /** {@code dw += dyᵀ·x}. */
  void weightGradient(Tensor dw, Tensor dy, Tensor x) {
    product.multiply(dw, factor(dy), true, factor(x), false, 1, null);
  }

  /** {@code dw += dyᵀ·x, db = Σ dy}, or false, and nothing done, where that takes two steps. */
  boolean weightGradient(Tensor dw, Tensor db, Tensor dy, Tensor x) {
    ProductEpilogue epilogue = ProductEpilogue.rowSums(db, dw);
    return precision == Precision.BF16
        && product.multiply(dw, factor(dy), true, factor(x), false, epilogue);
  }

  private Tensor factor(Tensor x) {
    return precision == Precision.BF16 ? launcher.bfloat16(x) : x;
  }

  private Tensor weight(Tensor w) {
    return precision == Precision.BF16 ? weights.of(w) : w;
  }

  /** Returns a bias in the type of what it is added to. */
  private Tensor vector(Tensor b, Tensor y) {
    return b == null || y.dtype() == DType.F32 ? b : weights.of(b);
  }

  /** Says that a tensor is about to change. */
  void forget(Tensor changed) {
    if (weights != null) {
      weights.change(changed);
    }
  }

  /** Says that memory is about to change. */
  void forget(Region.Device changed) {
    if (weights != null) {
      synchronized (launcher.context()) {
        weights.change(changed);
      }
    }
  }

  /** Says that ops were given up that may have changed weights, or rounded them. */
  void forgetAll() {
    if (weights != null) {
      weights.changeAll();
    }
  }

  /** Says that memory is about to be freed. */
  void free(Region.Device freed) {
    if (weights != null) {
      synchronized (launcher.context()) {
        weights.free(freed);
      }
    }
  }

  /** Has a weight's factors ready. */
  void prepare(Tensor w) {
    weight(w);
  }

  void close() {
    if (weights != null) {
      weights.close();
    }
  }
}
