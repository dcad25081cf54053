package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Residual connections of branches that are scaled by channel and by image (LayerScale: Touvron et
 * al. 2021, "Going deeper with Image Transformers", section 2). The scale of an element is {@code m
 * = factor·scale[channel]}, rounded once. Ranges count rows, or channels where said; a row has as
 * many numbers as there are channels.
 */
public interface LayerScaleKernel {
  /**
   * The factors of images, one behind the other.
   *
   * @param perImage one factor each
   * @param rows of an image
   * @param width numbers of a row
   */
  @SuppressWarnings("ArrayRecordComponent") // never leaves the op
  record Factors(float[] perImage, int rows, int width) {
    float of(long row) {
      return perImage[(int) (row / rows)];
    }
  }

  /** {@code y = fma(m, x, base)}. */
  void add(
      MemorySegment y,
      MemorySegment base,
      MemorySegment x,
      float[] scale,
      Factors factors,
      long from,
      long to);

  /** {@code dx = m·dy}. */
  void backward(
      MemorySegment dx, MemorySegment dy, float[] scale, Factors factors, long from, long to);

  /**
   * Adds row after row, image after image: {@code ds = fma(factor·dy, x, ds)}, for the channels
   * from {@code from} up to but without {@code to}.
   */
  void scaleGradient(
      MemorySegment ds, MemorySegment dy, MemorySegment x, Factors factors, long from, long to);

  /** Returns a case of each op, of up to three images of {@code rows} rows, some left out. */
  static List<KernelCase<LayerScaleKernel>> cases(int rows, int width, RandomGenerator random) {
    float[] perImage = new float[random.nextInt(1, 4)];
    for (int i = 0; i < perImage.length; i++) {
      perImage[i] = random.nextInt(3) == 0 ? 0 : (float) random.nextGaussian();
    }
    Factors factors = new Factors(perImage, rows, width);
    int all = rows * perImage.length;
    int n = all * width;
    int base = random.nextInt(2);
    return List.of(
        KernelCase.<LayerScaleKernel>ranges("layerScale", all, n, n, n)
            .arrays(width)
            .call((k, x, f, from, to) -> k.add(x[0], x[base], x[2], f[0], factors, from, to)),
        KernelCase.<LayerScaleKernel>ranges("layerScaleBackward", all, n, n)
            .arrays(width)
            .call((k, x, f, from, to) -> k.backward(x[0], x[1], f[0], factors, from, to)),
        KernelCase.<LayerScaleKernel>ranges("layerScaleGradient", width, width, n, n)
            .call((k, x, f, from, to) -> k.scaleGradient(x[0], x[1], x[2], factors, from, to)));
  }

  /** The specification. */
  final class ScalarLayerScale implements LayerScaleKernel {
    @Override
    public void add(
        MemorySegment y,
        MemorySegment base,
        MemorySegment x,
        float[] scale,
        Factors factors,
        long from,
        long to) {
      for (long row = from; row < to; row++) {
        float factor = factors.of(row);
        for (int j = 0; j < scale.length; j++) {
          long i = row * scale.length + j;
          float start = base.getAtIndex(JAVA_FLOAT, i);
          float sum = Math.fma(factor * scale[j], x.getAtIndex(JAVA_FLOAT, i), start);
          y.setAtIndex(JAVA_FLOAT, i, sum);
        }
      }
    }

    @Override
    public void backward(
        MemorySegment dx, MemorySegment dy, float[] scale, Factors factors, long from, long to) {
      for (long row = from; row < to; row++) {
        float factor = factors.of(row);
        for (int j = 0; j < scale.length; j++) {
          long i = row * scale.length + j;
          dx.setAtIndex(JAVA_FLOAT, i, factor * scale[j] * dy.getAtIndex(JAVA_FLOAT, i));
        }
      }
    }

    @Override
    public void scaleGradient(
        MemorySegment ds, MemorySegment dy, MemorySegment x, Factors factors, long from, long to) {
      int rows = factors.rows() * factors.perImage().length;
      for (long column = from; column < to; column++) {
        float sum = ds.getAtIndex(JAVA_FLOAT, column);
        for (int row = 0; row < rows; row++) {
          long i = (long) row * factors.width() + column;
          float gradient = factors.of(row) * dy.getAtIndex(JAVA_FLOAT, i);
          sum = Math.fma(gradient, x.getAtIndex(JAVA_FLOAT, i), sum);
        }
        ds.setAtIndex(JAVA_FLOAT, column, sum);
      }
    }
  }
}
