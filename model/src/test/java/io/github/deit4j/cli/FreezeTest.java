package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.weights.SafetensorsFile;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fine-tuning of a part of a model, and at rates that differ by layer. */
class FreezeTest {
  private static final List<String> ALWAYS_THE_SAME =
      List.of("train-crop=center", "flip=0", "drop-path=0");

  @TempDir static Path dir;

  private static Path data;
  private static Path start;

  @BeforeAll
  static void trainAStart() throws IOException {
    data = dir.resolve("data");
    OwnImages.write(data, 9);
    Files.writeString(data.resolve("green/4.png"), "broken");
    Cli trained =
        OwnImages.train(
            data, dir.resolve("start"), "--max-bad", "1", "--set", "distilled=true", "--seed", "5");
    assertThat(trained.code()).as(trained.err()).isZero();
    start = dir.resolve("start/model.safetensors");
  }

  private static Cli tune(String out, String... sets) {
    List<String> options = new ArrayList<>(List.of("--max-bad", "1"));
    List<String> all = new ArrayList<>(List.of("finetune=" + start, "replace-head=true"));
    all.addAll(List.of(sets));
    all.forEach(
        set ->
            options.addAll(set.startsWith("--") ? List.of(set.split(" ")) : List.of("--set", set)));
    return OwnImages.train(data, dir.resolve(out), options.toArray(String[]::new));
  }

  private static String weights(String out, String... sets) throws IOException {
    Cli tuned = tune(out, sets);
    assertThat(tuned.code()).as(tuned.err()).isZero();
    return Sha256.of(dir.resolve(out).resolve("model.safetensors"));
  }

  private static String[] same(String... more) {
    List<String> sets = new ArrayList<>(ALWAYS_THE_SAME);
    sets.addAll(List.of(more));
    return sets.toArray(String[]::new);
  }

  /** Returns the tensors of a run that are other numbers than at the start. */
  private static TreeSet<String> changed(String out) throws IOException {
    Map<String, float[]> before = floats(start);
    Map<String, float[]> after = floats(dir.resolve(out).resolve("model.safetensors"));
    var names = new TreeSet<String>();
    after.forEach(
        (name, numbers) -> {
          if (!Arrays.equals(numbers, before.get(name))) {
            names.add(name);
          }
        });
    return names;
  }

  private static Map<String, float[]> floats(Path path) throws IOException {
    Map<String, float[]> floats = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (String name : file.tensors().keySet()) {
        floats.put(name, file.floats(name));
      }
    }
    return floats;
  }

  @Test
  void aFrozenBackboneIsComputedOnceWithTheBitsOfEveryTime() throws IOException {
    String everyTime = weights("blocks", same("freeze=2", "ema-decay=0.9", "epochs=3", "lr=1e-3"));
    String once = weights("once", "freeze=backbone", "ema-decay=0.9", "epochs=3", "lr=1e-3");
    assertThat(once).isEqualTo(everyTime);
    assertThat(Sha256.of(dir.resolve("once/model-ema.safetensors")))
        .isEqualTo(Sha256.of(dir.resolve("blocks/model-ema.safetensors")));
    assertThat(Files.readString(dir.resolve("once/results.json")))
        .isEqualTo(Files.readString(dir.resolve("blocks/results.json")));
    assertThat(changed("once"))
        .containsExactly("head.bias", "head.weight", "head_dist.bias", "head_dist.weight");
    assertThat(Files.readString(dir.resolve("once/recipe.yaml")))
        .contains("\nfreeze: backbone\n", "\nflip: 0\n", "\ntrain-crop: center\n");
  }

  @Test
  void aFrozenBackboneHasTheSameBitsOnAnyThreadsInAnyPartsAndAfterAResume() throws IOException {
    String whole = weights("f-whole", "freeze=backbone", "epochs=3", "--threads 1");
    assertThat(weights("f-threads", "freeze=backbone", "epochs=3", "--threads 3")).isEqualTo(whole);
    assertThat(
            weights("f-parts", "freeze=backbone", "epochs=3", "batch=2", "accumulate=4", "lr=0.01"))
        .isEqualTo(weights("f-one", "freeze=backbone", "epochs=3", "batch=8", "lr=0.01"));
    weights("f-resumed", "freeze=backbone", "epochs=3", "--max-steps 2");
    assertThat(weights("f-resumed", "freeze=backbone", "epochs=3", "--resume")).isEqualTo(whole);
  }

  @Test
  void freezesUpToABlockWithTheSameBitsUnderCheckpointing() throws IOException {
    String plain = weights("one", "freeze=1");
    assertThat(changed("one"))
        .contains("blocks.1.attn.qkv.weight", "norm.weight", "head.weight")
        .noneMatch(name -> name.startsWith("blocks.0.") || name.contains("embed"))
        .doesNotContain("cls_token", "dist_token");
    assertThat(weights("one-again", "freeze=1", "activation-checkpointing=true")).isEqualTo(plain);
  }

  @Test
  void layerDecaySlowsTheFirstLayersDown() throws IOException {
    weights("even");
    String decayed = weights("decayed", "layer-decay=0.01", "--threads 1");
    assertThat(decayed).isNotEqualTo(weights("even-again", "layer-decay=1"));
    assertThat(weights("even-once-more")).isEqualTo(weights("even-1", "layer-decay=1"));
    assertThat(weights("decayed-again", "layer-decay=0.01", "--threads 2")).isEqualTo(decayed);
    assertThat(distance("decayed", "patch_embed.proj.weight"))
        .isLessThan(1e-4 * distance("even", "patch_embed.proj.weight"));
    assertThat(distance("decayed", "blocks.1.mlp.fc1.weight"))
        .isLessThan(0.1 * distance("even", "blocks.1.mlp.fc1.weight"))
        .isPositive();
  }

  private static double distance(String out, String name) throws IOException {
    float[] before = floats(start).get(name);
    float[] after = floats(dir.resolve(out).resolve("model.safetensors")).get(name);
    double sum = 0;
    for (int i = 0; i < before.length; i++) {
      sum += Math.abs(after[i] - (double) before[i]);
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          freeze=3                  | freeze: expected at most the model's blocks, 2, found 3
          freeze=backbone flip=0.5  | always the same images: [flip=0]
          freeze=some               | freeze: expected none, backbone, or N
          freeze=1 finetune=none    | freeze: expected none without weights to start from
          layer-decay=1.1           | layer-decay: expected a number above 0 and at most 1
          """)
  void refusesWhatMakesNoSense(String sets, String message) throws IOException {
    List<String> options = new ArrayList<>();
    if (!sets.contains("finetune")) {
      options.addAll(List.of("--set", "finetune=" + start));
    }
    for (String set : sets.split(" ")) {
      options.addAll(List.of("--set", set));
    }
    Cli refused = OwnImages.train(data, dir.resolve("refused"), options.toArray(String[]::new));
    assertThat(refused.code()).as(refused.err()).isEqualTo(ExitCode.USAGE);
    assertThat(refused.err()).contains(message);
    assertThat(dir.resolve("refused")).doesNotExist();
  }
}
