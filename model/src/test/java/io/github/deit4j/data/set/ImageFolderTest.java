package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.ImageDecoderTest;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  private static final ImageFolder FORMAT = new ImageFolder();

  @TempDir Path dir;

  @Test
  void sortsClassesAndFilesByCodePoint() throws IOException {
    // U+1F600 comes after U+FF5E by code point, before it by UTF-16 unit.
    for (String name : List.of("\uD83D\uDE00", "\uFF5E", "b", "B", "a10", "a9")) {
      image(name + "/1.png");
    }
    image("a9/Z.png");
    image("a9/sub/0.PNG");
    image("a9/A.jpeg");
    try (var folder = whole(dir)) {
      assertThat(folder.classNames())
          .containsExactly("B", "a10", "a9", "b", "\uFF5E", "\uD83D\uDE00");
      assertThat(names(folder))
          .containsExactly(
              "B/1.png",
              "a10/1.png",
              "a9/1.png",
              "a9/A.jpeg",
              "a9/Z.png",
              "a9/sub/0.PNG",
              "b/1.png",
              "\uFF5E/1.png",
              "\uD83D\uDE00/1.png");
      assertThat(folder.label(5)).isEqualTo(2);
      assertThat(folder.image(5).shapeText()).isEqualTo("3x2x3");
      assertThat(folder.channels()).isEqualTo(3);
    }
  }

  @Test
  void sortsWholeNumbersAsNumbers() throws IOException {
    for (String name : List.of("10", "2", "0", "1", "007")) {
      image(name + "/1.png");
    }
    try (var folder = whole(dir)) {
      assertThat(folder.classNames()).containsExactly("0", "1", "2", "007", "10");
      assertThat(names(folder).getLast()).isEqualTo("10/1.png");
    }
    image("others/1.png");
    try (var folder = whole(dir)) {
      assertThat(folder.classNames()).containsExactly("0", "007", "1", "10", "2", "others");
    }
  }

  @Test
  void leavesOutHiddenAndOtherFiles() throws IOException {
    image("a/1.png");
    image("a/.2.png");
    image("a/.thumbs/3.png");
    image(".cache/4.png");
    image("5.png");
    Files.writeString(dir.resolve("a/readme.txt"), "text");
    try (var folder = whole(dir)) {
      assertThat(names(folder)).containsExactly("a/1.png");
    }
  }

  @Test
  void followsLinksAndEndsLoops() throws IOException {
    image("a/1.png");
    Path elsewhere = dir.resolve(".elsewhere");
    image(".elsewhere/2.png");
    Files.createSymbolicLink(dir.resolve("b"), elsewhere);
    Files.createSymbolicLink(dir.resolve("a/loop"), dir.resolve("a"));
    Files.createSymbolicLink(dir.resolve("a/nowhere.png"), dir.resolve("missing"));
    try (var folder = whole(dir)) {
      assertThat(names(folder)).containsExactly("a/1.png", "a/nowhere.png", "b/2.png");
      assertThatThrownBy(() -> folder.image(1))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageContaining("nowhere.png: no such file");
    }
  }

  @Test
  void namesAnEmptyClass() throws IOException {
    image("a/1.png");
    Files.createDirectories(dir.resolve("b/sub"));
    assertThatThrownBy(() -> whole(dir))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll(dir.resolve("b").toString(), "no image", "png");
  }

  @Test
  void refusesAFolderWithoutClasses() throws IOException {
    image("1.png");
    assertThatThrownBy(() -> whole(dir))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll(dir.toString(), "one folder of images per class");
    assertThatThrownBy(() -> whole(dir.resolve("missing")))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll("missing", "expected a folder");
  }

  @Test
  void refusesImagesItCantDecode() throws IOException {
    image("a/1.png");
    Files.writeString(dir.resolve("a/2.heic"), "????ftypheic");
    try (var folder = whole(dir)) {
      assertThat(names(folder)).containsExactly("a/1.png", "a/2.heic");
      assertThatThrownBy(() -> folder.image(1))
          .isInstanceOf(CorruptImageException.class)
          .hasMessageContainingAll("2.heic: is a file of the format HEIC; convert it");
    }
  }

  @Test
  void readsTheSplits() throws IOException {
    image("train/a/1.png");
    image("train/b/2.png");
    image("valid/a/3.png");
    image("valid/b/4.png");
    assertThat(FORMAT.hasSplits(dir)).isTrue();
    try (var train = FORMAT.open(dir, Split.TRAIN);
        var test = FORMAT.open(dir, Split.TEST)) {
      assertThat(names(train)).containsExactly("train/a/1.png", "train/b/2.png");
      assertThat(names(test)).containsExactly("valid/a/3.png", "valid/b/4.png");
      assertThat(test.classNames()).containsExactly("a", "b");
    }
  }

  @Test
  void refusesSplitsOfOtherClasses() throws IOException {
    image("train/a/1.png");
    image("train/b/2.png");
    image("val/a/3.png");
    image("val/c/4.png");
    for (Split split : Split.values()) {
      assertThatThrownBy(() -> FORMAT.open(dir, split))
          .isInstanceOf(DatasetException.class)
          .hasMessageContainingAll("only in the first: [b]", "only in the second: [c]");
    }
  }

  @Test
  void namesAMissingSplit() throws IOException {
    image("train/a/1.png");
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TEST))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll("val, valid, validation, test", "train only");
    Files.move(dir.resolve("train"), dir.resolve("val"));
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TRAIN))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll("a folder train", "found val");
  }

  @Test
  void aFolderWithoutSplitsIsForTrainingOnly() throws IOException {
    image("car/1.png");
    image("train/2.png"); // a class of trains
    assertThat(FORMAT.hasSplits(dir)).isFalse();
    try (var train = FORMAT.open(dir, Split.TRAIN)) {
      assertThat(train.classNames()).containsExactly("car", "train");
    }
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TEST))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("no split");
  }

  private static ImageFiles whole(Path folder) throws IOException {
    return FORMAT.files(folder, ImageFileFormat.WHOLE);
  }

  private List<String> names(Dataset folder) {
    return IntStream.range(0, folder.size())
        .mapToObj(index -> dir.relativize(Path.of(folder.name(index))).toString())
        .toList();
  }

  private void image(String name) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    var picture = new BufferedImage(3, 2, BufferedImage.TYPE_3BYTE_BGR);
    Files.write(file, ImageDecoderTest.encode(picture, "png"));
  }
}
