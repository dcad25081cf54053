package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.ImageDecoderTest;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RealLabelsTest {
  @TempDir Path dir;
  private Dataset images;

  @BeforeEach
  void makeImages() throws IOException {
    image("val/n01/ILSVRC2012_val_00000003.JPEG", 1);
    image("val/n01/ILSVRC2012_val_00000001.JPEG", 2);
    image("val/n02/ILSVRC2012_val_00000002.JPEG", 3);
    image("val/n02/ILSVRC2012_val_00000004.JPEG", 4);
    images = new ImageFolder().open(dir.resolve("val"), Split.TRAIN);
  }

  private void image(String name, int width) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    var picture = new BufferedImage(width, 1, BufferedImage.TYPE_3BYTE_BGR);
    Files.write(file, ImageDecoderTest.encode(picture, "png"));
  }

  @AfterEach
  void close() {
    images.close();
  }

  private RealLabels read(String json) throws IOException {
    return RealLabels.read(Files.writeString(dir.resolve("real.json"), json), images);
  }

  @Test
  void severalClassesMayBeRightAndImagesWithoutOneDoNotCount() throws IOException {
    RealLabels labelled = read("[[1], [], [1, 0, 1], [0], [1]]");
    assertThat(labelled.size()).isEqualTo(3);
    assertThat(labelled.withoutLabels()).isEqualTo(1);
    assertThat(labelled.classNames()).containsExactly("n01", "n02");
    assertThat(labelled.channels()).isEqualTo(3);
    assertThat(labelled.name(1)).endsWith("ILSVRC2012_val_00000003.JPEG");
    assertThat(labelled.name(2)).endsWith("ILSVRC2012_val_00000004.JPEG");
    assertThat(labelled.image(2).width()).isEqualTo(4);
    assertThat(labelled.rightClasses(0)).as("not its folder's").containsExactly(1);
    assertThat(labelled.rightClasses(1)).containsExactly(1, 0);
    assertThat(labelled.label(1)).isEqualTo(1);
    assertThat(labelled.rightClasses(2)).containsExactly(0);
  }

  @Test
  void otherDataSetsHaveOneRightClass() {
    assertThat(images.rightClasses(3)).containsExactly(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[[0], [1], [0]] | expected the labels of | 00000004.JPEG | images 1 to 3",
        "[[], [], [], []] | found none for any of the 4 images | real.json | labels",
        "[[0], [2], [0], [0]] | expected a class of 0 to 1, found 2 | real.json | [1]",
        "[[0], [-1], [0], [0]] | expected a class of 0 to 1, found -1 | real.json | labels",
        "[0, 1, 2] | real.json | ReaL's labels | [0]",
        "{\"a\": [0]} | real.json | ReaL's labels | expected"
      })
  void refusesOtherFiles(String json, String first, String second, String third) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll(first, second, third);
  }

  @Test
  void refusesImagesThatHaveNoNumber() throws IOException {
    image("val/n02/cat.png", 2);
    try (Dataset others = new ImageFolder().open(dir.resolve("val"), Split.TRAIN)) {
      Path file = Files.writeString(dir.resolve("real.json"), "[[0], [0], [0], [0]]");
      assertThatThrownBy(() -> RealLabels.read(file, others))
          .isInstanceOf(DatasetException.class)
          .hasMessageContainingAll("cat.png", "ILSVRC2012_val_00000001.JPEG");
    }
  }

  @Test
  void namesAMissingFile() {
    assertThatThrownBy(() -> RealLabels.read(dir.resolve("none.json"), images))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("none.json");
  }
}
