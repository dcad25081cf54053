package io.github.deit4j.op;

/**
 * How the gradients of a step are shortened where all of them together are too long.
 *
 * @param limit the largest Euclidean norm; 0 leaves gradients as they are
 * @param rule how the factor is computed, to the last bit
 */
public record Clipping(double limit, Rule rule) {
  /** Leaves gradients as they are. */
  public static final Clipping NONE = new Clipping(0, Rule.TORCH);

  /** Keeps the factor finite where all gradients are zero, as PyTorch does. */
  private static final double EPSILON = 1e-6;

  /** The formula of the factor. A device computes the same in double precision. */
  public enum Rule {
    /** {@code min(1, limit/(norm + 1e-6))}: PyTorch's {@code clip_grad_norm_}. */
    TORCH,
    /** {@code 1/max(1, norm/limit)}: that of timm's LAMB. */
    LAMB
  }

  /** Returns what to multiply gradients of this norm by; NaN where the norm is. */
  public double factor(double norm) {
    if (limit == 0) {
      return 1;
    }
    return switch (rule) {
      case TORCH -> Math.min(1, limit / (norm + EPSILON));
      case LAMB -> 1 / Math.max(1, norm / limit);
    };
  }
}
