package io.github.deit4j.cpu.kernel;

import io.github.deit4j.cpu.conv.BatchNormKernel;
import io.github.deit4j.cpu.conv.Channels;
import io.github.deit4j.cpu.conv.ConvolutionKernel;
import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.gemm.Gemm;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * A family of kernels and its cases, for the bit test and the benchmark.
 *
 * @param of picks it from a set
 * @param cases makes a case of each op; what is left open is drawn
 */
public record KernelFamily<K>(String name, Function<Kernels, K> of, Cases<K> cases) {
  /** All families; a new one gets a line here. */
  public static final List<KernelFamily<?>> ALL =
      List.of(
          new KernelFamily<>("gemm", Kernels::gemm, Gemm::cases),
          new KernelFamily<>("elementwise", Kernels::elementwise, Elementwise::cases),
          new KernelFamily<>("gelu", Kernels::gelu, Gelu::cases),
          new KernelFamily<>("layerNorm", Kernels::layerNorm, LayerNormKernel::cases),
          new KernelFamily<>("attention", Kernels::attention, AttentionKernel::cases),
          new KernelFamily<>("layerScale", Kernels::layerScale, LayerScaleKernel::cases),
          new KernelFamily<>("reductions", Kernels::reductions, Reductions::cases),
          new KernelFamily<>("optimizers", Kernels::optimizers, Optimizers::cases),
          new KernelFamily<>("convolution", Kernels::convolution, ConvolutionKernel::cases),
          new KernelFamily<>("batchNorm", Kernels::batchNorm, BatchNormKernel::cases),
          new KernelFamily<>("channels", Kernels::channels, Channels::cases));

  /** Makes cases of a family. */
  @FunctionalInterface
  public interface Cases<K> {
    /**
     * Makes them.
     *
     * @param rows about how many rows, tokens or pixels
     * @param width about how many columns or channels
     */
    List<KernelCase<K>> of(int rows, int width, RandomGenerator random);
  }
}
