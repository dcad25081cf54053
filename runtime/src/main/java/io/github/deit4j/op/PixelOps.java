package io.github.deit4j.op;

import io.github.deit4j.random.StreamKey;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.util.List;

/**
 * Images, [B, channels, height, width]: their pixels, and their way to tokens, [B, N, D], and back.
 * A device's method has the op's name and takes the resolved sizes first.
 */
public abstract class PixelOps {
  /** The most bytes of a stored image, and how far from its corner a part may begin. */
  private static final int LARGEST = 1 << 30;

  private static final int FARTHEST = 1 << 29;

  private final OpRunner runner;

  /** Creates the family on the runner that does its ops. */
  protected PixelOps(OpRunner runner) {
    this.runner = runner;
  }

  /** The sizes of a batch of images, [B, channels, height, width]. */
  public record ImageSizes(int images, int channels, int height, int width) {
    /** Returns the pixels of a channel. */
    public long plane() {
      return (long) height * width;
    }

    static ImageSizes of(String op, String operand, Tensor x) {
      return of(op, operand, x, DType.F32);
    }

    static ImageSizes of(String op, String operand, Tensor x, DType dtype) {
      Checks.type(op, operand, x, dtype);
      Checks.dimensions(op, operand, x, 4);
      Shape shape = x.shape();
      return new ImageSizes(shape.size(0), shape.size(1), shape.size(2), shape.size(3));
    }
  }

  /** The sizes of a batch of tokens, [B, N, D]. */
  public record TokenSizes(int images, int tokens, int width) {
    /** Returns the numbers of an image. */
    public int image() {
      return Math.multiplyExact(tokens, width);
    }

    static TokenSizes of(String op, String operand, Tensor x, OpRunner runner) {
      Checks.activation(op, operand, x, runner, x.elements());
      Checks.dimensions(op, operand, x, 3);
      return new TokenSizes(x.shape().size(0), x.shape().size(1), x.shape().size(2));
    }
  }

  /** A rectangle of pixels: first row and column, and how many of them. */
  public record Box(int top, int left, int height, int width) {
    /** No pixels. */
    public static final Box EMPTY = new Box(0, 0, 0, 0);

    /** Returns the number of pixels. */
    public long area() {
      return (long) height * width;
    }

    /** Tells whether the rectangle lies in an image of the given size. */
    public boolean isIn(int imageHeight, int imageWidth) {
      return top >= 0
          && left >= 0
          && height >= 0
          && width >= 0
          && height <= imageHeight - top
          && width <= imageWidth - left;
    }
  }

  /**
   * A box of an image to be overwritten (Zhong et al., "Random Erasing Data Augmentation", 2020).
   *
   * @param image index of the image in the tensor
   * @param noise the stream of the fill's numbers; the k-th number is the k-th {@link
   *     io.github.deit4j.random.Philox#nextGaussian}, which is block k of the stream
   */
  public record Erasure(int image, Box box, Fill fill, StreamKey noise) {
    /** What stands in the box afterwards. */
    public enum Fill {
      /** Zero, the data's mean once normalised. */
      CONST,
      /** One standard normal number for each channel. */
      RAND,
      /** A standard normal number for each element, in the order channel, row, column. */
      PIXEL
    }
  }

  /**
   * What an image takes from its partner: first every pixel becomes {@code own·image +
   * other·partner}, then a box becomes the partner's.
   *
   * @param own weight of the image
   * @param other weight of its partner; 1 and 0 leave the image as it is
   * @param box what is the partner's alone
   */
  public record ImageMix(float own, float other, Box box) {
    /** The image alone. */
    public static final ImageMix NONE = new ImageMix(1, 0, Box.EMPTY);

    /** Mixup (Zhang et al. 2018): {@code lambda} of the image, the rest of its partner. */
    public static ImageMix mixup(double lambda) {
      return new ImageMix((float) lambda, (float) (1 - lambda), Box.EMPTY);
    }

    /** CutMix (Yun et al. 2019): a box of the partner in the image. */
    public static ImageMix cutMix(Box box) {
      return new ImageMix(1, 0, box);
    }
  }

  /**
   * Which part of a stored image becomes an image of a batch.
   *
   * @param place where the stored image begins, [channels, height, width] unsigned bytes
   * @param height its rows
   * @param width its columns
   * @param top the part's first row; may lie outside, as all of it may: there it is black
   * @param left the part's first column, likewise
   * @param mirrored whether the part's left and right are swapped
   */
  public record Crop(long place, int height, int width, int top, int left, boolean mirrored) {
    private boolean fits(long stored, int channels) {
      return place >= 0
          && height >= 1
          && width >= 1
          && Math.abs((long) top) <= FARTHEST
          && Math.abs((long) left) <= FARTHEST
          && (double) channels * height * width <= LARGEST
          && place <= stored - (long) channels * height * width;
    }
  }

  /**
   * Cuts a part out of each of some stored images of any sizes, perhaps mirrored. Bytes move and
   * nothing is computed, so that all devices give the same.
   *
   * @param y U8 [B, channels, height, width], other memory than x
   * @param x U8 of any shape, with the stored images
   * @param crops one per image of y
   */
  public final void crop(Tensor y, Tensor x, List<Crop> crops) {
    ImageSizes sizes = ImageSizes.of("crop", "y", y, DType.U8);
    Checks.type("crop", "x", x, DType.U8);
    Checks.that(
        crops.size() == sizes.images, "crop", "an image for each of " + crops.size() + " crops", y);
    for (Crop crop : crops) {
      Checks.that(
          crop.fits(x.elements(), sizes.channels),
          "crop",
          "stored images, one of them with %d channels as %s".formatted(sizes.channels, crop),
          x);
    }
    runner.run("crop", () -> crop(sizes, y, x, crops), y, x, crops);
  }

  /**
   * Pixels to numbers: {@code y = (x/255 − mean)/std} per channel.
   *
   * @param y [B, channels, height, width]
   * @param x U8 of the same shape
   */
  public final void normalize(Tensor y, Tensor x, float[] mean, float[] std) {
    String op = "normalize";
    ImageSizes sizes = ImageSizes.of(op, "y", y);
    Checks.exactly(op, "x", x, DType.U8, y.shape());
    Checks.that(
        mean.length == sizes.channels && std.length == sizes.channels,
        op,
        "a mean and a deviation for each of %d and %d channels".formatted(mean.length, std.length),
        y);
    runner.run(op, () -> normalize(sizes, y, x, mean, std), y, x, mean, std);
  }

  /**
   * Overwrites boxes of images, one erasure after the other.
   *
   * @param x [B, channels, height, width]
   */
  public final void erase(Tensor x, List<Erasure> erasures) {
    ImageSizes sizes = ImageSizes.of("erase", "x", x);
    for (Erasure erasure : erasures) {
      Checks.that(
          erasure.image >= 0
              && erasure.image < sizes.images
              && erasure.box.isIn(sizes.height, sizes.width),
          "erase",
          "an image with " + erasure,
          x);
    }
    runner.run("erase", () -> erase(sizes, x, erasures), x, erasures);
  }

  /**
   * Mixes image i of {@code x} with image B − 1 − i of {@code partners}, which stays as it is.
   *
   * @param x [B, channels, height, width]
   * @param partners of the same shape, other memory
   * @param mixes one per image of x
   */
  public final void mix(Tensor x, Tensor partners, List<ImageMix> mixes) {
    ImageSizes sizes = ImageSizes.of("mix", "x", x);
    Checks.exactly("mix", "partners", partners, DType.F32, x.shape());
    Checks.that(
        mixes.size() == sizes.images, "mix", "as many images as the " + mixes.size() + " mixes", x);
    for (ImageMix mix : mixes) {
      Checks.that(mix.box.isIn(sizes.height, sizes.width), "mix", "an image with " + mix, x);
    }
    runner.run("mix", () -> mix(sizes, x, partners, mixes), x, partners, mixes);
  }

  /**
   * Cuts images into patches, patch by patch in rows, each as (channel, row, column).
   *
   * @param patches [B·patches, channels·patch²], of {@link OpRunner#activationType} too
   * @param images [B, channels, height, width]
   */
  public final void patches(Tensor patches, Tensor images, int patch) {
    ImageSizes sizes = cut("patches", patches, images, patch);
    runner.run("patches", () -> patches(sizes, patches, images, patch), patches, images, patch);
  }

  /** Puts patches back in their places: the gradient of {@link #patches}. */
  public final void patchesBackward(Tensor images, Tensor patches, int patch) {
    ImageSizes sizes = cut("patchesBackward", patches, images, patch);
    Object[] operands = {images, patches, patch};
    runner.run("patchesBackward", () -> patchesBackward(sizes, images, patches, patch), operands);
  }

  private ImageSizes cut(String op, Tensor patches, Tensor images, int patch) {
    ImageSizes sizes = ImageSizes.of(op, "images", images);
    Checks.that(
        sizes.height % patch == 0 && sizes.width % patch == 0,
        op,
        "images whose sides are multiples of the patch size " + patch,
        images);
    Checks.activation(op, "patches", patches, runner, images.elements());
    return sizes;
  }

  /**
   * Puts prefix tokens in front of the patch tokens and adds the position embedding, to all tokens
   * or to the patches alone.
   *
   * @param y [B, N, D]
   * @param patches [B·(N − prefix), D]
   * @param prefix class token, distillation token, each with D elements
   * @param positions with N·D elements, or (N − prefix)·D
   */
  public final void embed(Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions) {
    TokenSizes sizes = embedding("embed", y, patches, prefix, positions);
    runner.run(
        "embed", () -> embed(sizes, y, patches, prefix, positions), y, patches, prefix, positions);
  }

  /**
   * The gradient of {@link #embed}: overwrites dPatches, adds to the others, images in order.
   *
   * @param dPrefix one per prefix token
   */
  public final void embedBackward(
      Tensor dPatches, List<Tensor> dPrefix, Tensor dPositions, Tensor dy) {
    TokenSizes sizes = embedding("embedBackward", dy, dPatches, dPrefix, dPositions);
    Object[] operands = {dPatches, dPrefix, dPositions, dy};
    runner.run(
        "embedBackward", () -> embedBackward(sizes, dPatches, dPrefix, dPositions, dy), operands);
  }

  private TokenSizes embedding(
      String op, Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions) {
    TokenSizes sizes = TokenSizes.of(op, "y", y, runner);
    int rest = sizes.tokens - prefix.size();
    Checks.type(op, "patches", patches, y.dtype());
    Checks.activation(op, "patches", patches, runner, sizes.images, rest, sizes.width);
    boolean patchesOnly = positions.elements() == (long) rest * sizes.width;
    Checks.elements(op, "positions", positions, patchesOnly ? rest : sizes.tokens, sizes.width);
    for (Tensor token : prefix) {
      Checks.elements(op, "prefix token", token, sizes.width);
    }
    return sizes;
  }

  /**
   * {@code y[b] = x[b, token]}.
   *
   * @param y [B, D], float32
   * @param x [B, N, D], of {@link OpRunner#activationType} too
   */
  public final void selectToken(Tensor y, Tensor x, int token) {
    TokenSizes sizes = selection("selectToken", y, x, token);
    runner.run("selectToken", () -> selectToken(sizes, y, x, token), y, x, token);
  }

  /** {@code dx[b, token] = dy[b]}; the other tokens' gradients stay as they are. */
  public final void selectTokenBackward(Tensor dx, Tensor dy, int token) {
    TokenSizes sizes = selection("selectTokenBackward", dy, dx, token);
    runner.run(
        "selectTokenBackward", () -> selectTokenBackward(sizes, dx, dy, token), dx, dy, token);
  }

  private TokenSizes selection(String op, Tensor one, Tensor all, int token) {
    TokenSizes sizes = TokenSizes.of(op, "x", all, runner);
    Checks.that(token >= 0 && token < sizes.tokens, op, "a token number below N", all);
    Checks.elements(op, "y", one, sizes.images, sizes.width);
    return sizes;
  }

  protected abstract void crop(ImageSizes sizes, Tensor y, Tensor x, List<Crop> crops);

  protected abstract void normalize(
      ImageSizes sizes, Tensor y, Tensor x, float[] mean, float[] std);

  protected abstract void erase(ImageSizes sizes, Tensor x, List<Erasure> erasures);

  protected abstract void mix(ImageSizes sizes, Tensor x, Tensor partners, List<ImageMix> mixes);

  protected abstract void patches(ImageSizes sizes, Tensor patches, Tensor images, int patch);

  protected abstract void patchesBackward(
      ImageSizes sizes, Tensor images, Tensor patches, int patch);

  protected abstract void embed(
      TokenSizes sizes, Tensor y, Tensor patches, List<Tensor> prefix, Tensor positions);

  protected abstract void embedBackward(
      TokenSizes sizes, Tensor dPatches, List<Tensor> dPrefix, Tensor dPositions, Tensor dy);

  protected abstract void selectToken(TokenSizes sizes, Tensor y, Tensor x, int token);

  protected abstract void selectTokenBackward(TokenSizes sizes, Tensor dx, Tensor dy, int token);
}
