package io.github.deit4j.regnet;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The sizes of a RegNetY (Radosavovic et al. 2020).
 *
 * @param imageSize rows and columns of an image
 * @param channels channels of an image
 * @param classes number of classes
 * @param stemWidth channels after the first convolution
 * @param stemStride its stride: 2, or 1 for small images
 * @param stages parts of equal resolution; the first block of each halves it
 */
public record RegNetConfig(
    int imageSize, int channels, int classes, int stemWidth, int stemStride, List<Stage> stages)
    implements ModelConfig {

  /** Channels after the first convolution of every registered model. */
  public static final int STEM_WIDTH = 32;

  /** Squeezed channels of squeeze-and-excitation, as a share of the block's input channels. */
  private static final double SQUEEZE_RATIO = 0.25;

  /**
   * Blocks of equal width.
   *
   * @param depth number of blocks
   * @param width channels; a multiple of groupWidth
   * @param groupWidth channels of a group of the 3×3 convolutions
   */
  public record Stage(int depth, int width, int groupWidth) {
    /** Checks the sizes against each other. */
    public Stage {
      positive("depth", depth);
      positive("width", width);
      positive("groupWidth", groupWidth);
      if (width % groupWidth != 0) {
        throw new IllegalArgumentException(
            "groupWidth: expected a divisor of width " + width + ", found " + groupWidth);
      }
    }
  }

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException naming the size, the expectation and the finding
   */
  public RegNetConfig {
    positive("imageSize", imageSize);
    positive("channels", channels);
    positive("classes", classes);
    positive("stemWidth", stemWidth);
    positive("stemStride", stemStride);
    stages = List.copyOf(stages);
    positive("stages", stages.size());
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": expected 1 or more, found " + value);
    }
  }

  /**
   * Returns the configuration of a registered name, for 1000 classes and RGB images of 224 pixels.
   *
   * @throws IllegalArgumentException if no model has that name; lists those there are
   */
  public static RegNetConfig named(String name) {
    return RegNetDesign.named(name).config(224, 3, 1000, 2);
  }

  /** Returns the same sizes with another number of classes. */
  public RegNetConfig withClasses(int count) {
    return new RegNetConfig(imageSize, channels, count, stemWidth, stemStride, stages);
  }

  /** Returns the same sizes for images of other ones. */
  public RegNetConfig withImageSize(int size) {
    return new RegNetConfig(size, channels, classes, stemWidth, stemStride, stages);
  }

  /** Returns the squeezed channels of a block that gets so many; ties round to even. */
  public static int squeezedChannels(int blockInput) {
    return Math.max(1, (int) Math.rint(SQUEEZE_RATIO * blockInput));
  }

  @Override
  public String family() {
    return "RegNetY";
  }

  @Override
  public boolean distilled() {
    return false;
  }

  @Override
  public boolean mixesImages() {
    return true;
  }

  /** Returns the channels that the head sees. */
  public int width() {
    return stages.getLast().width();
  }

  @Override
  public long parameterCount() {
    long count = 9L * channels * stemWidth + 2L * stemWidth;
    int in = stemWidth;
    for (Stage stage : stages) {
      for (int block = 0; block < stage.depth; block++) {
        count += blockParameters(in, stage, block == 0);
        in = stage.width;
      }
    }
    return count + (long) in * classes + classes;
  }

  private static long blockParameters(int in, Stage stage, boolean first) {
    long w = stage.width;
    long squeezed = squeezedChannels(in);
    long convolutions = in * w + 9 * w * stage.groupWidth + w * w + 6 * w;
    long excitation = 2 * w * squeezed + squeezed + w;
    return convolutions + excitation + (first ? in * w + 2 * w : 0);
  }

  @Override
  public Map<String, String> toMetadata() {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("model.image-size", Integer.toString(imageSize));
    metadata.put("model.channels", Integer.toString(channels));
    metadata.put("model.classes", Integer.toString(classes));
    metadata.put("model.stem-width", Integer.toString(stemWidth));
    metadata.put("model.stem-stride", Integer.toString(stemStride));
    metadata.put("model.depths", list(stages.stream().map(Stage::depth).toList()));
    metadata.put("model.widths", list(stages.stream().map(Stage::width).toList()));
    metadata.put("model.group-widths", list(stages.stream().map(Stage::groupWidth).toList()));
    return metadata;
  }

  private static String list(List<Integer> values) {
    return values.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
  }

  /**
   * Returns stages of given depths, widths and group widths.
   *
   * @throws IllegalArgumentException if the lists differ in length or a size is impossible
   */
  public static List<Stage> stages(int[] depths, int[] widths, int[] groupWidths) {
    if (depths.length != widths.length || depths.length != groupWidths.length) {
      throw new IllegalArgumentException(
          "stages: expected as many widths and group widths as depths, found %d, %d and %d"
              .formatted(widths.length, groupWidths.length, depths.length));
    }
    List<Stage> stages = new ArrayList<>();
    for (int i = 0; i < depths.length; i++) {
      stages.add(new Stage(depths[i], widths[i], groupWidths[i]));
    }
    return stages;
  }

  @Override
  public Model create(Backend backend, boolean trainable, double dropPath) {
    return new RegNet(backend, this, trainable, dropPath);
  }
}
