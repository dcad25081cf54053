package io.github.deit4j.op;

import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.ShapeException;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** Checks an op's operands at its entry, the same for every backend. */
public final class Checks {
  private Checks() {}

  /**
   * Requires a float32 tensor with as many elements as the given sizes have together.
   *
   * @throws ShapeException naming op, operand, expectation and finding
   */
  public static void elements(String op, String operand, Tensor x, long... sizes) {
    type(op, operand, x, DType.F32);
    long expected = Arrays.stream(sizes).reduce(1, Math::multiplyExact);
    if (x.elements() != expected) {
      throw new ShapeException(
          "%s: %s has shape %s, expected %d elements %s"
              .formatted(op, operand, x.shape(), expected, Arrays.toString(sizes)));
    }
  }

  /** Requires a tensor of exactly this element type and shape. */
  public static void exactly(String op, String operand, Tensor x, DType dtype, Shape shape) {
    type(op, operand, x, dtype);
    if (!x.shape().equals(shape)) {
      throw new ShapeException(
          "%s: %s has shape %s, expected %s".formatted(op, operand, x.shape(), shape));
    }
  }

  /** Requires a float32 tensor with the given number of dimensions. */
  public static void rank(String op, String operand, Tensor x, int rank) {
    type(op, operand, x, DType.F32);
    if (x.shape().rank() != rank) {
      throw new ShapeException(
          "%s: %s has shape %s, expected %d dimensions".formatted(op, operand, x.shape(), rank));
    }
  }

  /** Requires host memory of exactly the tensor's size. */
  public static void hostMemory(String op, Tensor x, MemorySegment host) {
    long expected = x.elements() * x.dtype().bytes();
    if (host.byteSize() != expected) {
      throw new ShapeException(
          "%s: %s takes %d bytes of host memory, found %d"
              .formatted(op, x, expected, host.byteSize()));
    }
  }

  /**
   * Requires one factor for each image of a tensor [B, ..].
   *
   * @return the elements of an image
   */
  public static long imageSize(String op, Tensor x, float[] factors) {
    that(
        x.shape().rank() > 0 && x.shape().size(0) == factors.length,
        op,
        "as many images as the " + factors.length + " factors",
        x);
    return x.elements() / factors.length;
  }

  /** Requires losses F64 [B], and a gradient and targets of the logits' shape [B, C]. */
  public static void logits(String op, Tensor losses, Tensor dx, Tensor x, Tensor targets) {
    rank(op, "logits", x, 2);
    exactly(op, "losses", losses, DType.F64, Shape.of(x.shape().size(0)));
    exactly(op, "gradient", dx, DType.F32, x.shape());
    exactly(op, "targets", targets, DType.F32, x.shape());
  }

  /**
   * Requires logits [B, C], another tensor of their shape or null, ranks I32 [B], losses F64 [B]
   * and B labels from 0 to C − 1.
   */
  public static void scores(
      String op, Tensor ranks, Tensor losses, Tensor x, Tensor other, int[] labels) {
    rank(op, "logits", x, 2);
    int images = x.shape().size(0);
    int classes = x.shape().size(1);
    exactly(op, "ranks", ranks, DType.I32, Shape.of(images));
    exactly(op, "losses", losses, DType.F64, Shape.of(images));
    if (other != null) {
      exactly(op, "other", other, DType.F32, x.shape());
    }
    that(labels.length == images, op, "as many images as the " + labels.length + " labels", x);
    for (int label : labels) {
      that(label >= 0 && label < classes, op, "logits with class " + label, x);
    }
  }

  /** Requires images [B, channels, height, width] in which every erased box lies. */
  public static void erasures(String op, Tensor x, List<Erasure> erasures) {
    rank(op, "x", x, 4);
    Shape shape = x.shape();
    for (Erasure erasure : erasures) {
      that(
          erasure.image() >= 0
              && erasure.image() < shape.size(0)
              && erasure.box().isIn(shape.size(2), shape.size(3)),
          op,
          "an image with " + erasure,
          x);
    }
  }

  /**
   * Requires images [B, channels, height, width], partners of the same shape, and one mix for each
   * image, whose box lies in it.
   */
  public static void mixes(String op, Tensor x, Tensor partners, List<ImageMix> mixes) {
    rank(op, "x", x, 4);
    Shape shape = x.shape();
    exactly(op, "partners", partners, DType.F32, shape);
    that(mixes.size() == shape.size(0), op, "as many images as the " + mixes.size() + " mixes", x);
    for (ImageMix mix : mixes) {
      that(mix.box().isIn(shape.size(2), shape.size(3)), op, "an image with " + mix, x);
    }
  }

  /** Requires a condition between operands. */
  public static void that(boolean condition, String op, String expectation, Tensor found) {
    if (!condition) {
      throw new ShapeException("%s: expected %s, found %s".formatted(op, expectation, found));
    }
  }

  private static void type(String op, String operand, Tensor x, DType dtype) {
    if (x.dtype() != dtype) {
      throw new ShapeException(
          "%s: %s has element type %s, expected %s".formatted(op, operand, x.dtype(), dtype));
    }
  }
}
