package io.github.deit4j.regnet;

import io.github.deit4j.nn.TensorNames;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names that libraries give to the tensors of a RegNetY. The tensors are the same in all. */
public enum RegNetNames implements TensorNames {
  /** timm, whose names are ours: {@code s1.b1.conv1.conv.weight}. */
  TIMM("s%1$d.b%2$d."),

  /** torchvision: {@code trunk_output.block1.block1-0.f.a.0.weight}. */
  TORCHVISION("trunk_output.block%1$d.block%1$d-%4$d."),

  /**
   * Hugging Face's transformers, RegNetForImageClassification: {@code
   * regnet.encoder.stages.0.layers.0.layer.0.convolution.weight}.
   */
  HUGGING_FACE("regnet.encoder.stages.%3$d.layers.%4$d.");

  static final String STEM_WEIGHT = "stem.conv.weight";

  /** The modules in the order of the enum, # standing for the block they are in. */
  private static final String[][] MODULES = {
    {"stem.conv", "stem.0", "regnet.embedder.embedder.convolution"},
    {"stem.bn", "stem.1", "regnet.embedder.embedder.normalization"},
    {"#conv1.conv", "#f.a.0", "#layer.0.convolution"},
    {"#conv1.bn", "#f.a.1", "#layer.0.normalization"},
    {"#conv2.conv", "#f.b.0", "#layer.1.convolution"},
    {"#conv2.bn", "#f.b.1", "#layer.1.normalization"},
    {"#conv3.conv", "#f.c.0", "#layer.3.convolution"},
    {"#conv3.bn", "#f.c.1", "#layer.3.normalization"},
    {"#downsample.conv", "#proj.0", "#shortcut.convolution"},
    {"#downsample.bn", "#proj.1", "#shortcut.normalization"},
    {"#se.fc1", "#f.se.fc1", "#layer.2.attention.0"},
    {"#se.fc2", "#f.se.fc2", "#layer.2.attention.2"},
    {"head.fc", "fc", "classifier.1"}
  };

  private static final Pattern NAME =
      Pattern.compile("(?:s(\\d+)\\.b(\\d+)\\.)?(\\w+\\.\\w+)(\\.\\w+)");

  /** What stands before a block's modules, of stage and block from 1, then from 0. */
  private final String block;

  RegNetNames(String block) {
    this.block = block;
  }

  /** Returns the library whose names a file's tensors have; empty if they are no RegNetY's. */
  public static Optional<RegNetNames> recognize(Set<String> tensors) {
    for (RegNetNames names : values()) {
      if (tensors.contains(names.of(STEM_WEIGHT))) {
        return Optional.of(names);
      }
    }
    return Optional.empty();
  }

  /**
   * Returns the library's name for a tensor.
   *
   * @param timmName such as {@code s1.b1.conv1.conv.weight}
   * @throws IllegalArgumentException if a RegNetY has no tensor of this name
   */
  public String of(String timmName) {
    Matcher name = NAME.matcher(timmName);
    if (name.matches()) {
      boolean inBlock = name.group(1) != null;
      String module = (inBlock ? "#" : "") + name.group(3);
      for (String[] names : MODULES) {
        if (names[0].equals(module)) {
          String before =
              inBlock
                  ? block(Integer.parseInt(name.group(1)), Integer.parseInt(name.group(2)))
                  : "";
          return names[ordinal()].replace("#", before) + name.group(4);
        }
      }
    }
    throw new IllegalArgumentException("no tensor of a RegNetY: " + timmName);
  }

  private String block(int stage, int number) {
    return block.formatted(stage, number, stage - 1, number - 1);
  }

  @Override
  public List<String> parts(String timmName) {
    return List.of(of(timmName));
  }

  @Override
  public Map<String, List<String>> byTimmName(Set<String> tensors) {
    Map<String, String> timm = new HashMap<>();
    addNames(timm, "");
    for (int stage = 1; tensors.contains(of(weight(stage, 1))); stage++) {
      for (int number = 1; tensors.contains(of(weight(stage, number))); number++) {
        addNames(timm, TIMM.block(stage, number));
      }
    }
    Map<String, List<String>> grouped = new LinkedHashMap<>();
    tensors.forEach(name -> grouped.put(timm.getOrDefault(name, name), List.of(name)));
    return grouped;
  }

  /** Adds timm's names of a block's tensors, or of those outside, by the library's. */
  private void addNames(Map<String, String> timm, String block) {
    for (String[] names : MODULES) {
      String module = names[TIMM.ordinal()];
      if (module.startsWith("#") != block.isEmpty()) {
        for (String tensor : tensors(module)) {
          String name = module.replace("#", block) + "." + tensor;
          timm.put(of(name), name);
        }
      }
    }
  }

  private static List<String> tensors(String module) {
    return switch (module.substring(module.indexOf('.'))) {
      case ".conv" -> List.of("weight");
      case ".bn" -> List.of("weight", "bias", "running_mean", "running_var", "num_batches_tracked");
      default -> List.of("weight", "bias");
    };
  }

  /** Returns timm's name of the weight that every block has, and that tells its sizes. */
  static String weight(int stage, int block) {
    return "s%d.b%d.conv2.conv.weight".formatted(stage, block);
  }
}
