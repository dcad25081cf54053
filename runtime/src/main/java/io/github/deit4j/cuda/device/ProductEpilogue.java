package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cublas.Cublas;
import io.github.deit4j.op.Checks;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Tensor;

/**
 * What becomes of a matrix product c on its way to memory, as cuBLASLt has it.
 *
 * @param kind what is done
 * @param base what is added first, of c's type and size, c itself or another; null for nothing
 * @param vector [n] of c's type: what is added to each row, or takes the sums; null for neither
 * @param pre of c's type and size: takes what the GELU is given, or holds that; null for neither
 */
public record ProductEpilogue(Kind kind, Tensor base, Tensor vector, Tensor pre) {
  /** {@code c}. */
  public static final ProductEpilogue NONE = new ProductEpilogue(Kind.NONE, null, null, null);

  /** What a pointer to the kept input must be a multiple of, and its rows in elements. */
  private static final int PRE_BYTES = 16;

  private static final int PRE_ELEMENTS = 8;

  /** What is done to a product. */
  public enum Kind {
    /** {@code c}. */
    NONE(Cublas.CUBLASLT_EPILOGUE_DEFAULT()),
    /** {@code c + bias}. */
    BIAS(Cublas.CUBLASLT_EPILOGUE_BIAS()),
    /** {@code gelu(c + bias)}: cuBLASLt's, by tanh (Hendrycks and Gimpel 2016, section 2). */
    GELU(Cublas.CUBLASLT_EPILOGUE_GELU_BIAS()),
    /** The same, and keeps {@code c + bias}. */
    GELU_KEPT(Cublas.CUBLASLT_EPILOGUE_GELU_AUX_BIAS()),
    /** {@code c·gelu'(pre)}, of the same GELU. */
    GELU_GRADIENT(Cublas.CUBLASLT_EPILOGUE_DGELU()),
    /** {@code c}, and the sums of a's rows over what the product sums over. */
    ROW_SUMS(Cublas.CUBLASLT_EPILOGUE_BGRADB());

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    /** Returns cuBLASLt's number of it. */
    int number() {
      return number;
    }
  }

  /** Returns the epilogue that adds a bias to each row, or does nothing where there is none. */
  public static ProductEpilogue bias(Tensor bias) {
    return bias == null ? NONE : new ProductEpilogue(Kind.BIAS, null, bias, null);
  }

  /** Returns the same on {@code base + c}. */
  public ProductEpilogue added(Tensor base) {
    return new ProductEpilogue(kind, base, vector, pre);
  }

  /**
   * Returns {@code gelu(c + bias)}.
   *
   * @param pre takes {@code c + bias}; null for nowhere
   */
  public static ProductEpilogue gelu(Tensor bias, Tensor pre) {
    return new ProductEpilogue(pre == null ? Kind.GELU : Kind.GELU_KEPT, null, bias, pre);
  }

  /** Returns {@code c·gelu'(pre)}. */
  public static ProductEpilogue geluGradient(Tensor pre) {
    return new ProductEpilogue(Kind.GELU_GRADIENT, null, null, pre);
  }

  /**
   * Returns {@code base + c}, beside the sums of op(a)'s rows.
   *
   * @param sums [m]
   */
  public static ProductEpilogue rowSums(Tensor sums, Tensor base) {
    return new ProductEpilogue(Kind.ROW_SUMS, base, sums, null);
  }

  /** Requires operands that go with c. */
  void check(Tensor c, int m, int n) {
    String op = "matrix product";
    if (base != null) {
      Checks.exactly(op, "base", base, c.dtype(), base.shape());
      Checks.that(base.elements() == c.elements(), op, "a base of c's size", base);
    }
    if (vector != null) {
      String name = kind == Kind.ROW_SUMS ? "sums" : "bias";
      int length = kind == Kind.ROW_SUMS ? m : n;
      if (c.dtype() == DType.F32) {
        Checks.elements(op, name, vector, length);
      } else {
        Checks.that(
            vector.dtype() == c.dtype() && vector.elements() == length,
            op,
            "%s of %d elements of type %s".formatted(name, length, c.dtype()),
            vector);
      }
    }
    if (pre != null) {
      Checks.exactly(op, "pre", pre, c.dtype(), pre.shape());
      Checks.that(pre.elements() == c.elements(), op, "a GELU's input of c's size", pre);
    }
  }

  /**
   * Returns whether cuBLASLt can be asked for it: what a GELU is given must lie as it demands, and
   * only products in BF16 have a GELU or sums.
   */
  boolean isPossible(String device, Tensor c, DType factors) {
    boolean ofBfloat16 = factors == DType.BF16 || kind == Kind.NONE || kind == Kind.BIAS;
    boolean lies =
        pre == null
            || c.shape().size(-1) % PRE_ELEMENTS == 0 && pre.address(device) % PRE_BYTES == 0;
    return ofBfloat16 && lies;
  }
}
