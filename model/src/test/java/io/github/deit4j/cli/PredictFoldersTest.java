package io.github.deit4j.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.json.Json;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders, patterns and lists of images, and files of predictions. */
class PredictFoldersTest {
  private static final List<String> CLASSES = List.of("bee", "cat, the \"big\"", "dog");

  @TempDir Path dir;
  private Path weights;
  private Path photos;
  private final List<Path> images = new ArrayList<>();

  @BeforeEach
  void makeModelAndImages() throws IOException {
    weights = TinyModel.save(dir.resolve("model.safetensors"), CLASSES);
    photos = dir.resolve("photos");
    for (String name : List.of("a.png", "b, c.png", "deeper/1.png", "deeper/2.png", "z.png")) {
      images.add(TinyModel.png(photos.resolve(name), 9, 7, name.hashCode()));
    }
    TinyModel.png(photos.resolve(".hidden/x.png"), 5, 5, 1);
    Files.writeString(photos.resolve("notes.txt"), "no image, and not called one");
    Files.createSymbolicLink(photos.resolve("deeper/loop"), photos);
  }

  private Cli predict(Object... more) {
    List<Object> command = new ArrayList<>(List.of("predict", "--weights", weights));
    command.addAll(List.of(more));
    return Cli.run(command.toArray());
  }

  private static Cli good(Cli result) {
    assertThat(result.code()).as(result.err()).isZero();
    return result;
  }

  @Test
  void foldersPatternsAndListsAreTheirImages() throws IOException {
    String expected = good(predict(images.toArray())).out();
    assertThat(good(predict(photos)).out()).isEqualTo(expected);
    Path list = Files.writeString(dir.resolve("list"), String.join("\n\n", names()) + "\n");
    assertThat(good(predict("--list", list)).out()).isEqualTo(expected);
    assertThat(good(predict("--batch", 2, photos + "/**.png", photos + "/.hidden/*")).out())
        .startsWith(expected)
        .contains(".hidden/x.png");
    assertThat(good(predict(photos + "/*.png")).out()).doesNotContain("deeper").contains("z.png");
    assertThat(good(predict("--json", photos)).out())
        .isEqualTo(good(predict(withFirst("--json", images))).out());
  }

  private static Object[] withFirst(Object first, List<Path> others) {
    List<Object> all = new ArrayList<>(List.of(first));
    all.addAll(others);
    return all.toArray();
  }

  private List<String> names() {
    return images.stream().map(Path::toString).toList();
  }

  @Test
  void csvHasALineForEachImage() throws IOException {
    Path file = dir.resolve("predictions.csv");
    Cli result = good(predict("--predictions", file, "--top", 2, photos));
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .isEqualTo(
            "deit: %s: 5 images predicted, 0 were there before, 0 could not be read\n"
                .formatted(file));
    List<String> lines = Files.readAllLines(file);
    assertThat(lines.getFirst())
        .isEqualTo(
            "path,class_1,class_1_probability,class_2,class_2_probability,"
                + "distillation_1,distillation_1_probability,"
                + "distillation_2,distillation_2_probability,"
                + "mean_1,mean_1_probability,mean_2,mean_2_probability,"
                + "joint_1,joint_1_probability,joint_2,joint_2_probability");
    assertThat(lines).hasSize(6);
    assertThat(lines.get(2)).startsWith("\"" + images.get(1) + "\",");
    assertThat(Files.readString(file)).contains("\"cat, the \"\"big\"\"\"");
    Path joint = dir.resolve("joint.csv");
    good(predict("--predictions", joint, "--head", "joint", "--top", 9, images.getFirst()));
    assertThat(Files.readAllLines(joint).getFirst())
        .startsWith("path,joint_1,")
        .contains("joint_3");
    assertThat(Files.readAllLines(joint).getFirst()).doesNotContain("joint_4", "mean");
  }

  @Test
  void jsonLinesSayWhatSinglePredictionsDo() throws IOException {
    Path file = dir.resolve("predictions.jsonl");
    good(predict("--predictions", file, "--batch", 3, photos));
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < images.size(); i++) {
      JsonValue line = Json.read("line", lines.get(i));
      assertThat(line.keys()).containsExactly("path", "heads");
      assertThat(line.get("path").asString()).isEqualTo(images.get(i).toString());
      for (String head : List.of("class", "distillation", "mean", "joint")) {
        JsonValue alone = good(predict("--json", "--head", head, images.get(i))).json();
        assertThat(line.get("heads").get(head).value())
            .isEqualTo(alone.get("images").items().getFirst().get("predictions").value());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"p.csv", "p.jsonl"})
  void goesOnWhereAnotherStopped(String name) throws IOException {
    Path file = dir.resolve(name);
    good(predict("--predictions", file, photos));
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 97) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(length);
      }
      Cli again = good(predict("--predictions", file, "--json", photos));
      assertThat(Files.readAllBytes(file)).as("cut at %d", length).isEqualTo(whole);
      JsonValue counts = again.json();
      assertThat(counts.get("predicted").asInt() + counts.get("known").asInt()).isEqualTo(5);
      assertThat(counts.get("known").asInt()).isEqualTo(wholeImages(whole, length, name));
    }
    Cli nothing = good(predict("--predictions", file, photos));
    assertThat(nothing.err()).contains("0 images predicted, 5 were there before");
    assertThat(Files.readAllBytes(file)).isEqualTo(whole);
  }

  private static int wholeImages(byte[] whole, int length, String name) {
    int lines = 0;
    for (int i = 0; i < length; i++) {
      lines += whole[i] == '\n' ? 1 : 0;
    }
    return Math.max(0, name.endsWith(".csv") ? lines - 1 : lines);
  }

  @Test
  void namesWhatItCannotReadAndGoesOn() throws IOException {
    Path broken = Files.writeString(photos.resolve("broken.jpg"), "no picture");
    Path other = Files.writeString(photos.resolve("deeper/phone.heic"), "\0\0\0\34ftypheic....");
    Path file = dir.resolve("p.csv");
    Cli result = predict("--predictions", file, photos, dir.resolve("none.png"));
    assertThat(result.code()).isEqualTo(65);
    assertThat(result.err())
        .contains(
            "deit: " + broken + ": is no image of the formats",
            "deit: " + other + ": is a file of the format HEIC; convert it",
            "deit: " + dir.resolve("none.png") + ": no such file",
            "5 images predicted, 0 were there before, 3 could not be read");
    assertThat(Files.readAllLines(file)).hasSize(6);
    Files.delete(broken);
    TinyModel.png(broken, 4, 4, 4);
    Files.delete(other);
    assertThat(good(predict("--predictions", file, photos)).err())
        .contains("1 images predicted, 5 were there before, 0 could not be read");
    assertThat(Files.readAllLines(file)).hasSize(7);
    Cli shown = predict(photos, dir.resolve("none.png"));
    assertThat(shown.code()).isEqualTo(65);
    assertThat(shown.out()).contains("z.png");
  }

  @Test
  void predictionsOfTwoModelsAreNotMixed() throws IOException {
    Path file = dir.resolve("p.jsonl");
    good(predict("--predictions", file, images.getFirst()));
    byte[] before = Files.readAllBytes(file);
    Path others = TinyModel.saveWith(dir.resolve("other"), CLASSES, "head.bias", 1);
    Cli refused = Cli.run("predict", "--weights", others, "--predictions", file, photos);
    assertThat(refused.code()).isEqualTo(65);
    assertThat(refused.err())
        .contains("expected the predictions of this model", images.getFirst().toString());
    Cli fewer = predict("--predictions", file, "--top", 1, photos);
    assertThat(fewer.code()).isEqualTo(65);
    assertThat(fewer.err()).contains("expected 1 classes by each of the heads");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"p.csv", "p.jsonl"})
  void filesOfAnythingElseAreLeftAlone(String name) throws IOException {
    Path file = dir.resolve(name);
    for (String text : List.of("a note", "a note\n", "name,weight\nbee,1\n", "{}\n")) {
      Files.writeString(file, text);
      Cli refused = predict("--predictions", file, photos);
      assertThat(refused.code()).as(text).isEqualTo(65);
      assertThat(refused.err()).contains(file.toString(), "expected");
      assertThat(file).hasContent(text);
    }
  }

  @Test
  void contradictionsAreUsageErrors() throws IOException {
    Cli name = predict("--predictions", dir.resolve("p.txt"), photos);
    assertThat(name.code()).isEqualTo(2);
    assertThat(name.err()).contains("ends in .csv or .jsonl");
    assertThat(predict("--batch", 0, photos).code()).isEqualTo(2);
    Files.createDirectories(dir.resolve("empty"));
    Cli empty = predict(dir.resolve("empty"));
    assertThat(empty.code()).isEqualTo(65);
    assertThat(empty.err()).contains("expected image files, found none");
    Cli nowhere = predict("--predictions", dir.resolve("none/p.csv"), photos);
    assertThat(nowhere.code()).isEqualTo(73);
  }

  /** The end is far behind what is read at once, so that images are being decoded by then. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1_000})
  void listsThatEndInOtherBytesAreBadData(int good) throws IOException {
    String text = (names().getFirst() + "\n").repeat(good) + "\u00FF\n";
    Path list = Files.writeString(dir.resolve("list"), text, ISO_8859_1);
    Cli noText = predict("--list", list, "--batch", 1_000);
    assertThat(noText.code()).isEqualTo(65);
    assertThat(noText.err()).contains("expected text in UTF-8");
  }
}
