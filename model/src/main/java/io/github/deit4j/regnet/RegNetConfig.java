package io.github.deit4j.regnet;

import io.github.deit4j.device.Backend;
import io.github.deit4j.json.JsonWriter;
import io.github.deit4j.nn.HuggingFaceModel;
import io.github.deit4j.nn.HuggingFaceModel.ImageProcessor;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.nn.ModelFamily;
import io.github.deit4j.nn.TokenLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

  /** Begins the names of a block's tensors: stage and block, from 1. */
  private static final Pattern BLOCK = Pattern.compile("^s([0-9]+)\\.b([0-9]+)\\.");

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
      ModelConfig.requireSize("depth", depth, ModelConfig.MOST_BLOCKS);
      ModelConfig.requireSize("width", width, ModelConfig.LARGEST_WIDTH);
      ModelConfig.requireSize("groupWidth", groupWidth, ModelConfig.LARGEST_WIDTH);
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
    ModelConfig.requireSize("imageSize", imageSize, LARGEST_IMAGE);
    ModelConfig.requireSize("channels", channels, LARGEST_WIDTH);
    ModelConfig.requireSize("classes", classes, MOST_CLASSES);
    ModelConfig.requireSize("stemWidth", stemWidth, LARGEST_WIDTH);
    ModelConfig.requireSize("stemStride", stemStride, LARGEST_IMAGE);
    stages = List.copyOf(stages);
    ModelConfig.requireSize("stages", stages.size(), MOST_BLOCKS);
  }

  @Override
  public RegNetConfig withClasses(int count) {
    return new RegNetConfig(imageSize, channels, count, stemWidth, stemStride, stages);
  }

  @Override
  public RegNetConfig withImageSize(int size) {
    return new RegNetConfig(size, channels, classes, stemWidth, stemStride, stages);
  }

  /** Returns the squeezed channels of a block that gets so many; ties round to even. */
  public static int squeezedChannels(int blockInput) {
    return Math.max(1, (int) Math.rint(SQUEEZE_RATIO * blockInput));
  }

  @Override
  public ModelFamily family() {
    return RegNetFamily.INSTANCE;
  }

  @Override
  public boolean distilled() {
    return false;
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
  public Flop flop() {
    int size = halved(imageSize, stemStride);
    double stem = 2.0 * size * size * 9 * channels * stemWidth;
    double sum = stem;
    int in = stemWidth;
    for (Stage stage : stages) {
      for (int block = 0; block < stage.depth; block++) {
        int out = block == 0 ? halved(size, 2) : size;
        sum += blockFlop(in, stage, block == 0, size, out);
        in = stage.width;
        size = out;
      }
    }
    return new Flop(sum + 2.0 * in * classes, stem);
  }

  private static int halved(int size, int stride) {
    return (size - 1) / stride + 1;
  }

  /** The 1×1 convolutions, the grouped 3×3 one, squeeze-and-excitation, the first's shortcut. */
  private static double blockFlop(int in, Stage stage, boolean first, int sizeIn, int sizeOut) {
    double width = stage.width;
    double pixels = (double) sizeOut * sizeOut;
    double convolutions =
        in * width * sizeIn * sizeIn
            + pixels * width * (9 * stage.groupWidth + width + (first ? in : 0));
    return 2 * (convolutions + 2 * width * squeezedChannels(in));
  }

  @Override
  public Optional<TokenLayout> tokenLayout() {
    return Optional.empty();
  }

  @Override
  public Map<String, Object> toJson() {
    Map<String, Object> sizes = new TreeMap<>();
    sizes.put("image-size", imageSize);
    sizes.put("channels", channels);
    sizes.put("classes", classes);
    sizes.put("stem-width", stemWidth);
    sizes.put(RegNetFamily.STRIDE, stemStride);
    sizes.put("depths", stages.stream().map(Stage::depth).toList());
    sizes.put(RegNetFamily.WIDTHS, stages.stream().map(Stage::width).toList());
    sizes.put("group-widths", stages.stream().map(Stage::groupWidth).toList());
    return sizes;
  }

  @Override
  public HuggingFaceModel huggingFace() {
    if (stemStride != 2) {
      throw new IllegalArgumentException("its RegNet has a stem of stride 2, this " + stemStride);
    }
    List<Integer> groupWidths = stages.stream().map(Stage::groupWidth).distinct().toList();
    if (groupWidths.size() > 1) {
      throw new IllegalArgumentException(
          "its RegNet has groups of one width, this of " + groupWidths);
    }
    Map<String, Object> json =
        JsonWriter.object(
            "architectures",
            List.of("RegNetForImageClassification"),
            "model_type",
            "regnet",
            "layer_type",
            "y",
            "embedding_size",
            stemWidth,
            "hidden_sizes",
            stages.stream().map(Stage::width).toList(),
            "depths",
            stages.stream().map(Stage::depth).toList(),
            "groups_width",
            groupWidths.getFirst(),
            "downsample_in_first_stage",
            true,
            "hidden_act",
            "relu",
            "num_channels",
            channels);
    return new HuggingFaceModel(json, RegNetNames.HUGGING_FACE, ImageProcessor.CONVNEXT);
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
  public int featureWidth() {
    return stages.getLast().width();
  }

  @Override
  public int layers() {
    return depth() + 1;
  }

  private int depth() {
    return stages.stream().mapToInt(Stage::depth).sum();
  }

  @Override
  public int layer(String tensor) {
    if (family().isOfHead(tensor)) {
      return depth() + 1;
    }
    Matcher block = BLOCK.matcher(tensor);
    if (!block.find()) {
      return 0;
    }
    int before = Integer.parseInt(block.group(1)) - 1;
    int depthBefore = stages.subList(0, before).stream().mapToInt(Stage::depth).sum();
    return depthBefore + Integer.parseInt(block.group(2));
  }

  @Override
  public Model create(Backend backend, Predicate<String> trains, double dropPath) {
    return new RegNet(backend, this, trains, dropPath);
  }
}
