package io.github.deit4j.modelfile;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.Transform;
import io.github.deit4j.data.decode.Decoding;
import io.github.deit4j.data.transform.CenterCrop;
import io.github.deit4j.data.transform.CenterCrop.Rounding;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.data.transform.Pipeline;
import io.github.deit4j.data.transform.Resize;
import io.github.deit4j.data.transform.ResizeAndCrop;
import io.github.deit4j.data.transform.ToChannels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.input.InputBudget;
import io.github.deit4j.input.InputBudget.Limit;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.random.Purpose;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;

/**
 * What happens to an image before the model sees it: its shorter side is resized to size/cropRatio,
 * the middle square cut out, and the channels normalised.
 *
 * @param size rows and columns of the model's images
 * @param channels 1 (grey) or 3 (RGB)
 * @param normalize mean and deviation of every channel
 * @param cropRatio share of the resized side that is kept, above 0 and at most 1
 * @param interpolation filter of the resize
 * @param rounding where the middle square begins
 * @param exifOrientation whether image files are turned upright as their EXIF data say, before all
 *     this
 */
public record Preprocessing(
    int size,
    int channels,
    Normalize normalize,
    double cropRatio,
    Interpolation interpolation,
    Rounding rounding,
    boolean exifOrientation) {

  /** Checks the numbers against each other. */
  public Preprocessing {
    Transform.require(channels == 1 || channels == 3, "channels: expected 1 or 3", channels);
    Transform.require(size > 0, "size: expected 1 or more", size);
    Transform.require(
        normalize.channels() == channels,
        "normalize: expected " + channels + " channels",
        normalize.channels());
    Transform.require(
        cropRatio > 0 && cropRatio <= 1, "cropRatio: expected above 0 and at most 1", cropRatio);
    InputBudget.STANDARD.require(
        Limit.RESIZED_SIDE,
        (long) (size / cropRatio),
        problem -> new IllegalArgumentException("size / cropRatio: " + problem));
  }

  /** Creates one whose middle square begins at an even offset, as torchvision has it by now. */
  public Preprocessing(
      int size, int channels, Normalize normalize, double cropRatio, Interpolation interpolation) {
    this(size, channels, normalize, cropRatio, interpolation, Rounding.EVEN);
  }

  /** Creates one for images as they are stored. */
  public Preprocessing(
      int size,
      int channels,
      Normalize normalize,
      double cropRatio,
      Interpolation interpolation,
      Rounding rounding) {
    this(size, channels, normalize, cropRatio, interpolation, rounding, false);
  }

  /** Returns what the reference evaluation does for ImageNet models. */
  public static Preprocessing imagenet(int size) {
    return reference(size, 0.875);
  }

  private static Preprocessing reference(int size, double cropRatio) {
    return new Preprocessing(
        size, 3, Normalize.IMAGENET, cropRatio, Interpolation.BICUBIC, Rounding.UP);
  }

  /** Returns what the evaluation with which a model's family was published does. */
  static Preprocessing of(ModelConfig config) {
    return reference(config.imageSize(), config.family().cropRatio());
  }

  /**
   * Returns the crop ratio with which images are resized to just that side.
   *
   * @throws IllegalArgumentException if the side is smaller than the size
   */
  static double cropRatio(int size, int resizedSide) {
    if (resizedSide < size) {
      throw new IllegalArgumentException(
          "expected images to be resized to %d pixels or more, found %d"
              .formatted(size, resizedSide));
    }
    double ratio = (double) size / resizedSide;
    return (int) (size / ratio) == resizedSide ? ratio : Math.nextDown(ratio);
  }

  /** Returns the same for a model of images of another size. */
  Preprocessing withSize(int other) {
    return new Preprocessing(
        other, channels, normalize, cropRatio, interpolation, rounding, exifOrientation);
  }

  /** Returns how image files are decoded for the model. */
  public Decoding decoding() {
    return Decoding.STANDARD.withExifOrientation(exifOrientation);
  }

  /** Returns the shorter side's length before the crop. */
  public int resizedSide() {
    return (int) (size / cropRatio);
  }

  /** Returns the conversion to the model's number of channels. */
  public Transform channelConversion() {
    return new ToChannels(channels);
  }

  /** Returns what resizes with a filter and cuts the middle square out. */
  public Transform resizeAndCrop(Interpolation filter) {
    return new ResizeAndCrop(new Resize(resizedSide(), filter), new CenterCrop(size, rounding));
  }

  /** Returns the transforms of evaluation, up to the pixels. */
  public Pipeline evaluation() {
    return Pipeline.of(channelConversion(), resizeAndCrop(interpolation));
  }

  /** Returns an image of any size as the model sees it, before normalisation. */
  public Image prepare(Image image) {
    // Evaluation draws nothing, so any stream serves.
    return evaluation().apply(image, Purpose.TRANSFORM.stream(0, 0, 0));
  }

  /**
   * Copies pixels to the backend and normalises them there.
   *
   * @param arena where pixels and numbers go
   * @param pixels unsigned bytes, [images, channels, size, size]
   * @param images how many images
   * @return float32 [images, channels, size, size]
   */
  public Tensor normalized(Backend backend, TensorArena arena, byte[] pixels, int images) {
    Shape shape = Shape.of(images, channels, size, size);
    Tensor bytes = arena.allocate(DType.U8, shape);
    backend.write(bytes, MemorySegment.ofArray(pixels));
    Tensor numbers = arena.allocate(DType.F32, shape);
    backend.pixels().normalize(numbers, bytes, normalize.means(), normalize.deviations());
    return numbers;
  }
}
