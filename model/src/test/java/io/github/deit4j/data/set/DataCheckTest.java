package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.ImageDecoderTest;
import io.github.deit4j.data.set.DataCheck.Result;
import io.github.deit4j.data.set.Finding.Kind;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCheckTest {
  @TempDir Path dir;
  private int pictures;

  /** Writes a picture that is unlike all before. */
  private Path image(String name) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    var picture = new BufferedImage(5, 4, BufferedImage.TYPE_3BYTE_BGR);
    picture.setRGB(1, 1, ++pictures);
    return Files.write(file, ImageDecoderTest.encode(picture, "png"));
  }

  private void classes(String below) throws IOException {
    for (int i = 0; i < 10; i++) {
      image(below + "cat/" + i + ".png");
      image(below + "dog/" + i + ".png");
    }
  }

  private Result contents() throws DatasetException {
    return DataCheck.contents(Datasets.detect(dir), dir, (done, total) -> {});
  }

  private static List<String> found(List<Finding> findings) {
    return findings.stream().map(each -> each.kind() + " " + each.path()).toList();
  }

  @Test
  void findsNothingInAGoodFolder() throws IOException {
    classes("");
    List<Integer> progress = new ArrayList<>();
    Result result =
        DataCheck.contents(Datasets.detect(dir), dir, (done, total) -> progress.add(done));
    assertThat(result.findings()).isEmpty();
    assertThat(result.images()).isEqualTo(Map.of("images", Map.of("cat", 10, "dog", 10)));
    assertThat(progress).endsWith(20).isSorted();
  }

  @Test
  void findsAllThatIsWrong() throws IOException {
    classes("train/");
    classes("val/");
    image("5.png");
    image("train/6.jpg");
    Files.createDirectories(dir.resolve("old"));
    Files.writeString(dir.resolve("train/cat/notes.txt"), "text");
    Files.writeString(dir.resolve("train/dog/photo.heic"), "ftyp");
    Files.writeString(dir.resolve("val/dog/broken.jpg"), "no image");
    Files.copy(dir.resolve("train/cat/3.png"), dir.resolve("train/cat/copy.png"));
    Files.copy(dir.resolve("train/cat/4.png"), dir.resolve("val/dog/leak.png"));
    image("train/few/1.png");
    image("val/few/1.png");
    Result result = contents();
    assertThat(found(result.findings()))
        .containsExactlyInAnyOrder(
            "STRAY 5.png",
            "STRAY old",
            "STRAY train/6.jpg",
            "STRAY train/cat/notes.txt",
            "UNSUPPORTED train/dog/photo.heic",
            "BROKEN val/dog/broken.jpg",
            "DUPLICATE train/cat/copy.png",
            "DUPLICATE val/dog/leak.png",
            "FEW few");
    assertThat(result.findings().toString())
        .contains("train/cat/copy.png: the same picture as train/cat/3.png,")
        .contains("val/dog/leak.png: the same picture as train/cat/4.png, of another class")
        .contains("few: one image, none to hold out")
        .contains("broken.jpg: is no image of the formats");
    assertThat(result.images().get("val")).containsEntry("dog", 12);
  }

  @Test
  void namesTheOneSplitWithoutAClassAndTheEmptyOne() throws IOException {
    classes("train/");
    image("val/cat/1.png");
    Files.createDirectories(dir.resolve("train/empty/deep"));
    assertThat(found(contents().findings()))
        .containsExactly("EMPTY train/empty", "EMPTY val/dog", "EMPTY val/empty");
    assertThatThrownBy(() -> DataCheck.requireUsable(new ImageFolder(), dir, 1000))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll(
            dir.toString(), "train/empty: expected images", "val/dog: no folder");
  }

  @Test
  void aFolderValWithoutClassesIsCalledEmpty() throws IOException {
    classes("train/");
    Files.createDirectories(dir.resolve("val"));
    assertThat(found(contents().findings())).containsExactly("EMPTY val");
    assertThat(contents().findings().toString()).contains("found an empty folder");
  }

  @Test
  void countsOtherFormatsAgainstWhatIsAllowed() throws IOException {
    classes("");
    Files.writeString(dir.resolve("cat/a.heic"), "");
    Files.writeString(dir.resolve("dog/b.jxl"), "");
    image("stray.png");
    assertThat(found(DataCheck.requireUsable(new ImageFolder(), dir, 2)))
        .containsExactly("STRAY stray.png");
    assertThatThrownBy(() -> DataCheck.requireUsable(new ImageFolder(), dir, 1))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll("cat/a.heic", "dog/b.jxl", "--max-bad", "check-data");
  }

  @Test
  void comparesAListWithItsFolder() throws IOException {
    classes("");
    List<String> lines = new ArrayList<>(List.of("path,label,split"));
    for (int i = 1; i < 10; i++) {
      lines.add("cat/%d.png,cat,train".formatted(i));
    }
    lines.add("cat/gone.png,cat,train");
    lines.add("./dog//0.png,dog,train");
    Files.write(dir.resolve("images.csv"), lines);
    assertThat(found(contents().findings()))
        .startsWith("EMPTY cat/gone.png", "STRAY cat/0.png", "STRAY dog/1.png")
        .hasSize(11);
  }

  @Test
  void longListsAreCut() {
    List<Finding> many = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      many.add(new Finding(Kind.STRAY, "f" + i, "stray"));
    }
    assertThat(DataCheck.list(dir, many).lines().toList()).hasSize(21).endsWith("  and 5 more");
  }
}
