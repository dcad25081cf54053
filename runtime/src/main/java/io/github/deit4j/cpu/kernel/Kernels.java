package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.conv.BatchNormKernel;
import io.github.deit4j.cpu.conv.BatchNormKernel.ScalarBatchNorm;
import io.github.deit4j.cpu.conv.Channels;
import io.github.deit4j.cpu.conv.Channels.ScalarChannels;
import io.github.deit4j.cpu.conv.ConvolutionKernel;
import io.github.deit4j.cpu.conv.ConvolutionKernel.ScalarConvolution;
import io.github.deit4j.cpu.conv.PlainConvolution;
import io.github.deit4j.cpu.conv.VectorBatchNorm;
import io.github.deit4j.cpu.conv.VectorChannels;
import io.github.deit4j.cpu.conv.VectorConvolution;
import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.core.Reductions.ScalarReductions;
import io.github.deit4j.cpu.core.VectorReductions;
import io.github.deit4j.cpu.gemm.Bf16;
import io.github.deit4j.cpu.gemm.Bf16.RoundedGemm;
import io.github.deit4j.cpu.gemm.Factors;
import io.github.deit4j.cpu.gemm.Gemm;
import io.github.deit4j.cpu.gemm.PlainGemm;
import io.github.deit4j.cpu.gemm.ScalarGemm;
import io.github.deit4j.cpu.gemm.VectorGemm;
import io.github.deit4j.cpu.kernel.Elementwise.ScalarElementwise;
import io.github.deit4j.cpu.kernel.Gelu.ScalarGelu;
import io.github.deit4j.cpu.kernel.LayerNormKernel.ScalarLayerNorm;
import io.github.deit4j.cpu.kernel.LayerScaleKernel.ScalarLayerScale;
import io.github.deit4j.cpu.kernel.Optimizers.ScalarOptimizers;
import io.github.deit4j.cpu.kernel.Softmax.ScalarSoftmax;
import java.util.Optional;

/**
 * One set of kernels. The scalar, the plain and the vector set give the same bits.
 *
 * @param name {@code scalar}, {@code plain} or {@code vector}, or one with what replaces a part of
 *     it
 * @param gemm matrix product
 * @param elementwise sums, multiples, ReLU and sigmoid
 * @param gelu activation
 * @param layerNorm layer normalisation
 * @param attention scaled dot products, with their softmax
 * @param layerScale residual connections scaled by channel
 * @param reductions long and many sums
 * @param optimizers parameter updates
 * @param convolution grouped convolution
 * @param batchNorm batch normalisation
 * @param channels pooling and scaling by channel
 */
public record Kernels(
    String name,
    Gemm gemm,
    Elementwise elementwise,
    Gelu gelu,
    LayerNormKernel layerNorm,
    AttentionKernel attention,
    LayerScaleKernel layerScale,
    Reductions reductions,
    Optimizers optimizers,
    ConvolutionKernel convolution,
    BatchNormKernel batchNorm,
    Channels channels) {

  private static final String VECTOR_MODULE = "jdk.incubator.vector";
  private static final int LEAST_VECTOR_BITS = 256;

  /** Returns the set's name, for vectors with their width. */
  public String description() {
    return name.equals("vector") ? "vector (" + VectorWidth.bits() + " bits)" : name;
  }

  /** Returns the reference kernels: plain loops, the specification. */
  public static Kernels scalar() {
    return loops("scalar", new ScalarGemm(), new ScalarConvolution());
  }

  private static Kernels loops(String name, Gemm gemm, ConvolutionKernel convolution) {
    return new Kernels(
        name,
        gemm,
        new ScalarElementwise(),
        new ScalarGelu(),
        new ScalarLayerNorm(),
        new ComposedAttention(gemm, new ScalarSoftmax()),
        new ScalarLayerScale(),
        new ScalarReductions(),
        new ScalarOptimizers(),
        convolution,
        new ScalarBatchNorm(),
        new ScalarChannels());
  }

  /** Returns the kernels written with the Vector API. */
  public static Kernels vector() {
    return vector("vector", Factors.FLOAT32);
  }

  private static Kernels vector(String name, Factors factors) {
    return new Kernels(
        name,
        new VectorGemm(factors),
        new VectorElementwise(),
        new VectorGelu(),
        new VectorLayerNorm(),
        new VectorAttention(factors),
        new VectorLayerScale(),
        new VectorReductions(),
        new VectorOptimizers(),
        new VectorConvolution(),
        new VectorBatchNorm(),
        new VectorChannels());
  }

  /** Returns the same with linear layers and attention in BF16 ({@link Bf16}). */
  public static Kernels vectorBf16() {
    return vectorBf16(Factors.ofBf16());
  }

  static Kernels vectorBf16(Factors factors) {
    String how = factors == Factors.PAIRS ? "machine code" : "rounded factors";
    return vector("bf16 by " + how + ", " + vector().description(), factors);
  }

  /**
   * Returns plain loops written for C2, which makes vectors of them: for what has no vectors of 256
   * bits, such as ARM's NEON, and for jobs of a second or so, since they get fast within
   * milliseconds of a JVM's start, though never as fast as the vector kernels.
   */
  public static Kernels plain() {
    return loops("plain", new PlainGemm(), new PlainConvolution());
  }

  /** Returns the same with linear layers and attention in BF16. */
  public static Kernels plainBf16() {
    return loops("bf16, plain", new RoundedGemm(new PlainGemm()), new PlainConvolution());
  }

  /**
   * Returns these kernels with another matrix product, in attention too; its sums may differ in the
   * last bits.
   *
   * @param gemmName what computes the products
   */
  public Kernels withGemm(String gemmName, Gemm otherGemm) {
    return new Kernels(
        gemmName + ", " + description(),
        otherGemm,
        elementwise,
        gelu,
        layerNorm,
        new ComposedAttention(otherGemm, attention.softmax),
        layerScale,
        reductions,
        optimizers,
        convolution,
        batchNorm,
        channels);
  }

  /** Returns the scalar kernels with linear layers and attention in BF16: the specification. */
  public static Kernels scalarBf16() {
    return loops("bf16, scalar", new RoundedGemm(new ScalarGemm()), new ScalarConvolution());
  }

  /**
   * Returns the fastest set that this JVM can run: the vector kernels where the incubating module
   * is in the boot layer and vectors have 256 bits or more, else the plain ones; of a module that
   * is missing a warning is logged.
   */
  public static Kernels best() {
    return Best.KERNELS;
  }

  /** Returns the same with linear layers and attention in BF16. */
  public static Kernels bestBf16() {
    return Best.NO_VECTORS.isPresent() ? plainBf16() : vectorBf16();
  }

  /** Returns why {@link #bestBf16} multiplies without machine code; empty if it does with it. */
  public static Optional<String> withoutMachineCode() {
    return Best.NO_VECTORS.or(Factors::withoutPairs);
  }

  /** Decides once, at first use, so that the warning comes once. */
  private static final class Best {
    /** Why the plain kernels have to serve. */
    static final Optional<String> NO_VECTORS = noVectors();

    static final Kernels KERNELS = NO_VECTORS.isPresent() ? plain() : vector();

    private static Optional<String> noVectors() {
      if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
        System.getLogger(Kernels.class.getPackageName())
            .log(
                System.Logger.Level.WARNING,
                "deit4j computes without the Vector API, with the same results but more slowly:"
                    + " start Java with --add-modules {0}",
                VECTOR_MODULE);
        return Optional.of("Java was started without the Vector API");
      }
      int bits = VectorWidth.bits();
      return bits < LEAST_VECTOR_BITS
          ? Optional.of("vectors have %d bits, not %d".formatted(bits, LEAST_VECTOR_BITS))
          : Optional.empty();
    }
  }

  /** Apart, so that the Vector API is not touched where it is missing. */
  static final class VectorWidth {
    private VectorWidth() {}

    static int bits() {
      return jdk.incubator.vector.FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }
  }
}
