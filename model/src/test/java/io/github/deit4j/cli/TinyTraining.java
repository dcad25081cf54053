package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonException;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.weights.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder with a tiny data set, a recipe for it that has everything turned on, and runs of it.
 *
 * @param folder holds {@code data}, {@code recipe.yaml} and the runs
 */
public record TinyTraining(Path folder) {
  /** A run that nobody waits for, with a checkpoint after every step. */
  static final String[] ENDLESS = {
    "--set", "epochs=100000", "--set", "evaluate-every=100000", "--set", "checkpoint-every=1"
  };

  static final int STEPS_PER_EPOCH = 3;
  static final int EPOCHS = 2;
  static final int STEPS = EPOCHS * STEPS_PER_EPOCH;

  private static final List<String> SPEED = List.of("seconds", "images_per_second");

  private static final int SIDE = 8;
  static final int TRAIN_IMAGES = 100; // the last four fill no batch
  private static final int TEST_IMAGES = 20;

  private static final String RECIPE =
      """
      name: tiny
      data: fashion-mnist
      model: custom
      image-size: 8
      patch-size: 4
      channels: 1
      width: 16
      depth: 2
      heads: 2
      mlp-ratio: 2
      distilled: true
      drop-path: 0.2
      epochs: 2
      batch: 8
      accumulate: 4
      grain: 6
      lr: 5e-3
      lr-scaling: none
      schedule: step
      warmup-epochs: 0.5
      clip: 0.5
      ema-decay: 0.9
      distillation: hard
      crop-padding: 1
      flip: 0.5
      """;

  /** Makes the data set and the recipe. */
  public static TinyTraining in(Path folder) throws IOException {
    TinyFashionMnist.write(folder.resolve("data"), SIDE, TRAIN_IMAGES, TEST_IMAGES);
    Files.writeString(folder.resolve("recipe.yaml"), RECIPE);
    return new TinyTraining(folder);
  }

  /** Returns the command line of a run, which distils only where there is a teacher. */
  public List<String> command(String run, String... options) {
    List<String> command = new ArrayList<>(List.of("train", "--backend", "cpu"));
    command.addAll(List.of("--recipe", folder.resolve("recipe.yaml").toString()));
    command.addAll(List.of("--data", folder.resolve("data").toString()));
    command.addAll(List.of("--out", out(run).toString()));
    command.addAll(List.of(options));
    boolean saysHow = List.of(options).stream().anyMatch(each -> each.startsWith("distillation="));
    if (!saysHow && !List.of(options).contains("--teacher")) {
      command.addAll(List.of("--set", "distillation=none"));
    }
    return command;
  }

  /** Trains, which must succeed. */
  Weights train(String run, String... options) throws IOException {
    Cli result = Cli.run(command(run, options).toArray());
    assertThat(result.code()).as(result.err()).isZero();
    return weights(run);
  }

  /** Trains a teacher, and returns the option that names it. */
  String[] trainTeacher() throws IOException {
    train("teacher", "--set", "distilled=false", "--set", "distillation=none", "--seed", "7");
    return new String[] {"--teacher", out("teacher").resolve("model.safetensors").toString()};
  }

  /** Returns the folder of a run. */
  public Path out(String run) {
    return folder.resolve(run);
  }

  /** Returns the digests of what a run ended with. */
  public Weights weights(String run) throws IOException {
    return new Weights(
        Sha256.of(out(run).resolve("model.safetensors")),
        Sha256.of(out(run).resolve("model-ema.safetensors")));
  }

  /** Returns the metrics of a run without the two keys that tell how fast it was. */
  public List<Map<String, Object>> metrics(String run) throws IOException {
    List<Map<String, Object>> lines = new ArrayList<>();
    for (String line : Files.readAllLines(out(run).resolve("metrics.jsonl"))) {
      Map<String, Object> values = new LinkedHashMap<>();
      JsonValue json = Json.read("line", line);
      json.keys().forEach(key -> values.put(key, value(json, key)));
      assertThat(values.keySet().containsAll(SPEED)).as(line).isEqualTo(values.containsKey("lr"));
      SPEED.forEach(values::remove);
      lines.add(values);
    }
    return lines;
  }

  private static Object value(JsonValue json, String key) {
    try {
      return json.get(key).value();
    } catch (JsonException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the digests of all files of a run. */
  Map<Path, String> files(String run) throws IOException {
    Map<Path, String> files = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(out(run))) {
      for (Path file : paths.filter(Files::isRegularFile).toList()) {
        files.put(out(run).relativize(file), Sha256.of(file));
      }
    }
    return files;
  }

  /**
   * The digests of what a run ends with.
   *
   * @param model SHA-256 of the weights
   * @param average SHA-256 of their moving average
   */
  public record Weights(String model, String average) {}

  /** Returns options in a row. */
  static String[] options(String[] first, String... more) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
