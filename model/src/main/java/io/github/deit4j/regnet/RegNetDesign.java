package io.github.deit4j.regnet;

import io.github.deit4j.regnet.RegNetConfig.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The numbers from which the widths of a RegNetY's blocks follow (Radosavovic et al. 2020, section
 * 3.3): a straight line over the blocks, quantised.
 *
 * @param initialWidth w0, where the line starts
 * @param slope wa, by which it grows from block to block
 * @param multiplier wm, above 1, the ratio of the widths of neighbouring stages
 * @param depth number of blocks
 * @param groupWidth channels of a group of the 3×3 convolutions
 */
public record RegNetDesign(
    int initialWidth, double slope, double multiplier, int depth, int groupWidth) {
  /** Widths are rounded to multiples of this. */
  private static final int QUANTUM = 8;

  /** Those of the registered models, by timm's names. */
  static final Map<String, RegNetDesign> NAMED = new LinkedHashMap<>();

  static {
    NAMED.put("regnety_002", new RegNetDesign(24, 36.44, 2.49, 13, 8));
    NAMED.put("regnety_004", new RegNetDesign(48, 27.89, 2.09, 16, 8));
    NAMED.put("regnety_006", new RegNetDesign(48, 32.54, 2.32, 15, 16));
    NAMED.put("regnety_008", new RegNetDesign(56, 38.84, 2.4, 14, 16));
    NAMED.put("regnety_016", new RegNetDesign(48, 20.71, 2.65, 27, 24));
    NAMED.put("regnety_032", new RegNetDesign(80, 42.63, 2.66, 21, 24));
    NAMED.put("regnety_040", new RegNetDesign(96, 31.41, 2.24, 22, 64));
    NAMED.put("regnety_064", new RegNetDesign(112, 33.22, 2.27, 25, 72));
    NAMED.put("regnety_080", new RegNetDesign(192, 76.82, 2.19, 17, 56));
    NAMED.put("regnety_120", new RegNetDesign(168, 73.36, 2.37, 19, 112));
    NAMED.put("regnety_160", new RegNetDesign(200, 106.23, 2.48, 18, 112));
    NAMED.put("regnety_320", new RegNetDesign(232, 115.89, 2.53, 20, 232));
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException naming the number, the expectation and the finding
   */
  public RegNetDesign {
    require(initialWidth >= 1, "initialWidth", "1 or more", initialWidth);
    require(slope >= 0 && Double.isFinite(slope), "slope", "0 or more", slope);
    require(multiplier > 1 && Double.isFinite(multiplier), "multiplier", "more than 1", multiplier);
    require(depth >= 1, "depth", "1 or more", depth);
    require(groupWidth >= 1, "groupWidth", "1 or more", groupWidth);
  }

  private static void require(boolean holds, String name, String expected, Number found) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": expected " + expected + ", found " + found);
    }
  }

  /** Returns the model's sizes for images and classes. */
  public RegNetConfig config(int imageSize, int channels, int classes, int stemStride) {
    return new RegNetConfig(
        imageSize, channels, classes, RegNetConfig.STEM_WIDTH, stemStride, stages());
  }

  /** Returns the stages: blocks that follow each other with equal width. */
  public List<Stage> stages() {
    List<Stage> stages = new ArrayList<>();
    int block = 0;
    while (block < depth) {
      int width = quantizedWidth(block);
      int first = block;
      while (block < depth && quantizedWidth(block) == width) {
        block++;
      }
      stages.add(stage(block - first, width));
    }
    return List.copyOf(stages);
  }

  /** Everything rounds half to even, as the reference's numpy does. */
  private int quantizedWidth(int block) {
    double onLine = initialWidth + slope * block;
    double exponent = Math.rint(StrictMath.log(onLine / initialWidth) / StrictMath.log(multiplier));
    double width = initialWidth * StrictMath.pow(multiplier, exponent);
    return Math.max(1, (int) Math.rint(width / QUANTUM)) * QUANTUM;
  }

  /** Widths become multiples of the group width; narrow stages are one group. */
  private Stage stage(int blocks, int width) {
    int group = Math.min(groupWidth, width);
    int groups = Math.max(1, (int) Math.rint((double) width / group));
    return new Stage(blocks, groups * group, group);
  }
}
