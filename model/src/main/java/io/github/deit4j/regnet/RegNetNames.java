package io.github.deit4j.regnet;

import io.github.deit4j.nn.TensorNames;
import io.github.deit4j.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names that libraries give to the tensors of a RegNetY. The tensors are the same in all. */
public enum RegNetNames implements TensorNames {
  /** timm, whose names are ours: {@code s1.b1.conv1.conv.weight}. */
  TIMM {
    @Override
    String outside(String module, String part) {
      return module + part;
    }

    @Override
    String inBlock(int stage, int block, String module, String part) {
      return "s%d.b%d.%s%s".formatted(stage, block, module, part);
    }
  },

  /** torchvision: {@code trunk_output.block1.block1-0.f.a.0.weight}. */
  TORCHVISION {
    private static final Map<String, String> MODULES =
        Map.of("conv1", "f.a", "conv2", "f.b", "conv3", "f.c", "downsample", "proj", "se", "f.se");

    @Override
    String outside(String module, String part) {
      return module.equals(HEAD) ? "fc" : module + (part.equals(CONVOLUTION) ? ".0" : ".1");
    }

    @Override
    String inBlock(int stage, int block, String module, String part) {
      String inside =
          switch (part) {
            case CONVOLUTION -> ".0";
            case NORMALIZATION -> ".1";
            default -> part;
          };
      return "trunk_output.block%d.block%d-%d.%s%s"
          .formatted(stage, stage, block - 1, MODULES.get(module), inside);
    }
  },

  /**
   * Hugging Face's transformers, RegNetForImageClassification: {@code
   * regnet.encoder.stages.0.layers.0.layer.0.convolution.weight}.
   */
  HUGGING_FACE {
    private static final Map<String, String> MODULES =
        Map.of(
            "conv1", "layer.0",
            "conv2", "layer.1",
            "conv3", "layer.3",
            "downsample", "shortcut",
            "se", "layer.2.attention");

    @Override
    String outside(String module, String part) {
      return module.equals(HEAD) ? "classifier.1" : "regnet.embedder.embedder" + longName(part);
    }

    @Override
    String inBlock(int stage, int block, String module, String part) {
      return "regnet.encoder.stages.%d.layers.%d.%s%s"
          .formatted(stage - 1, block - 1, MODULES.get(module), longName(part));
    }

    private static String longName(String part) {
      return switch (part) {
        case CONVOLUTION -> ".convolution";
        case NORMALIZATION -> ".normalization";
        case ".fc1" -> ".0";
        case ".fc2" -> ".2";
        default -> throw new IllegalArgumentException("no part of a RegNetY: " + part);
      };
    }
  };

  private static final String STEM = "stem";
  private static final String HEAD = "head";
  private static final String CONVOLUTION = ".conv";
  private static final String NORMALIZATION = ".bn";
  private static final List<String> NORMALIZATION_PARTS =
      List.of("weight", "bias", "running_mean", "running_var", "num_batches_tracked");
  static final String STEM_WEIGHT = "stem.conv.weight";

  private static final Pattern IN_BLOCK =
      Pattern.compile("s(\\d+)\\.b(\\d+)\\.(conv[123]|downsample|se)(\\.\\w+)(\\.\\w+)");
  private static final Pattern OUTSIDE =
      Pattern.compile("(" + STEM + "|" + HEAD + ")(\\.\\w+)(\\.\\w+)");

  abstract String outside(String module, String part);

  abstract String inBlock(int stage, int block, String module, String part);

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
    Matcher block = IN_BLOCK.matcher(timmName);
    if (block.matches()) {
      int stage = Integer.parseInt(block.group(1));
      int number = Integer.parseInt(block.group(2));
      return inBlock(stage, number, block.group(3), block.group(4)) + block.group(5);
    }
    Matcher other = OUTSIDE.matcher(timmName);
    if (other.matches()) {
      return outside(other.group(1), other.group(2)) + other.group(3);
    }
    throw new IllegalArgumentException("no tensor of a RegNetY: " + timmName);
  }

  @Override
  public List<String> parts(String timmName) {
    return List.of(of(timmName));
  }

  @Override
  public Map<String, List<String>> byTimmName(Set<String> tensors) {
    Map<String, String> timm = new LinkedHashMap<>();
    timmNames(tensors).forEach(name -> timm.put(of(name), name));
    Map<String, List<String>> grouped = new LinkedHashMap<>();
    tensors.forEach(name -> grouped.put(timm.getOrDefault(name, name), List.of(name)));
    return grouped;
  }

  /**
   * Infers a model's sizes from the shapes of its tensors, for RGB images of 224 pixels and a stem
   * of stride 2.
   *
   * @param shapes gives the shape of a tensor by the library's name; null if there is none
   * @throws IllegalArgumentException if they are no RegNetY's
   */
  public RegNetConfig infer(Function<String, Shape> shapes) {
    Function<String, Shape> byTimmName = name -> shapes.apply(of(name));
    Shape stem = required(byTimmName, STEM_WEIGHT, 4);
    List<RegNetConfig.Stage> stages = new ArrayList<>();
    while (byTimmName.apply(weight(stages.size() + 1, 1)) != null) {
      int stage = stages.size() + 1;
      int depth = 1;
      while (byTimmName.apply(weight(stage, depth + 1)) != null) {
        depth++;
      }
      Shape grouped = required(byTimmName, weight(stage, 1), 4);
      stages.add(new RegNetConfig.Stage(depth, grouped.size(0), grouped.size(1)));
    }
    int classes = required(byTimmName, "head.fc.weight", 2).size(0);
    return new RegNetConfig(224, stem.size(1), classes, stem.size(0), 2, stages);
  }

  /** Returns timm's names of all tensors of a model with these blocks. */
  private List<String> timmNames(Set<String> tensors) {
    List<String> names = new ArrayList<>();
    addConvolution(names, STEM);
    for (int stage = 1; tensors.contains(of(weight(stage, 1))); stage++) {
      for (int block = 1; tensors.contains(of(weight(stage, block))); block++) {
        for (String module : List.of("conv1", "conv2", "conv3", "downsample")) {
          addConvolution(names, "s%d.b%d.%s".formatted(stage, block, module));
        }
        for (String part : List.of("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")) {
          names.add("s%d.b%d.se.%s".formatted(stage, block, part));
        }
      }
    }
    names.addAll(List.of("head.fc.weight", "head.fc.bias"));
    return names;
  }

  private static void addConvolution(List<String> names, String module) {
    names.add(module + CONVOLUTION + ".weight");
    for (String part : NORMALIZATION_PARTS) {
      names.add(module + NORMALIZATION + "." + part);
    }
  }

  private static String weight(int stage, int block) {
    return "s%d.b%d.conv2.conv.weight".formatted(stage, block);
  }

  private Shape required(Function<String, Shape> byTimmName, String name, int rank) {
    Shape shape = byTimmName.apply(name);
    if (shape == null || shape.rank() != rank) {
      throw new IllegalArgumentException(
          "expected a RegNetY's tensor %s with %d dimensions, found %s"
              .formatted(of(name), rank, shape == null ? "no such tensor" : "shape " + shape));
    }
    return shape;
  }
}
