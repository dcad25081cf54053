package io.github.deit4j.device;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** In what numbers a device multiplies matrices. */
public enum Precision {
  /** Everything in float32. */
  FP32,
  /** Factors of matrix products are rounded to 10 bits of mantissa, sums are float32. */
  TF32,
  /**
   * Factors of matrix products are bfloat16, sums float32; master weights and their gradients,
   * softmax, statistics of the normalisations and losses stay float32.
   *
   * <p>A device of NVIDIA also keeps a transformer's activations and their gradients in bfloat16
   * between ops, the tokens of the residual stream too, and its feed-forward layers have cuBLASLt's
   * GELU, which is the approximation by tanh: up to 4.7·10⁻⁴ from the exact one, its slope
   * 8.7·10⁻⁴. Results of the CPU and of such a device differ by that and by roundings to 8 bits.
   */
  BF16;

  /** Returns the precision of this {@link #key}; empty if there is none. */
  public static Optional<Precision> of(String key) {
    return Stream.of(values()).filter(each -> each.key().equals(key)).findFirst();
  }

  /** Returns the name as people write it: {@code fp32}, {@code tf32} or {@code bf16}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
