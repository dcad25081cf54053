package io.github.deit4j.data.set;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdxFileTest {
  private static final List<String> CLASSES = List.of("a", "b", "c");

  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsImagesAndLabels(boolean gzipped) throws IOException {
    byte[] images = IdxFiles.counting(2, 3, 4);
    byte[] labels = IdxFiles.of(new byte[] {2, 0}, 2);
    var dataset =
        gzipped ? open(IdxFiles.gzip(images), IdxFiles.gzip(labels)) : open(images, labels);
    assertThat(dataset.size()).isEqualTo(2);
    assertThat(dataset.channels()).isEqualTo(1);
    assertThat(dataset.classNames()).isEqualTo(CLASSES);
    assertThat(dataset.label(0)).isEqualTo(2);
    assertThat(dataset.label(1)).isEqualTo(0);
    assertThat(dataset.image(1).height()).isEqualTo(3);
    assertThat(dataset.image(1).width()).isEqualTo(4);
    assertThat(dataset.image(1).pixels())
        .containsExactly(12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
  }

  @Test
  void refusesAFileCutOffAnywhere() throws IOException {
    byte[] images = IdxFiles.counting(2, 3, 4);
    for (int length = 0; length < images.length; length++) {
      assertRefused(Arrays.copyOf(images, length), labels(2), "images", "cut off|ends inside");
    }
  }

  @Test
  void refusesACompressedFileCutOffAnywhere() throws IOException {
    byte[] images = IdxFiles.gzip(IdxFiles.counting(2, 3, 4));
    for (int length = 0; length < images.length; length++) {
      assertRefused(
          Arrays.copyOf(images, length), labels(2), "images", "cut off|ends inside|magic");
    }
  }

  @Test
  void refusesADamagedCompressedFile() throws IOException {
    byte[] images = IdxFiles.gzip(IdxFiles.counting(2, 3, 4));
    images[images.length - 8] ^= 1; // the checksum
    assertRefused(images, labels(2), "images", "damaged");
  }

  @Test
  void refusesBytesAfterTheData() throws IOException {
    byte[] images = IdxFiles.counting(2, 3, 4);
    assertRefused(Arrays.copyOf(images, images.length + 1), labels(2), "images", "more follow");
  }

  @Test
  void refusesAnotherFormat() throws IOException {
    assertRefused(
        "<html>not found</html>".getBytes(UTF_8), labels(2), "images", "magic 0x3C68746D");
  }

  @Test
  void refusesImagesAndLabelsSwapped() throws IOException {
    assertRefused(labels(2), IdxFiles.counting(2, 3, 4), "images", "magic 0x00000801");
  }

  @Test
  void refusesMoreThanAFileCanHavePackedBeforeUnpacking() throws IOException {
    Path file = dir.resolve("images");
    Files.write(file, IdxFiles.gzip(IdxFiles.of(new byte[1 << 20], 2_000_000, 32, 32)));
    assertThatThrownBy(() -> IdxFile.read(file, 3))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll("at most 67108864 bytes", "2048000000");
  }

  @Test
  void refusesAHugeHeaderWithoutTakingMemory() throws IOException {
    byte[] images = IdxFiles.of(new byte[10], Integer.MAX_VALUE, Integer.MAX_VALUE, 1);
    assertRefused(images, labels(2), "images", "dimensions");
    byte[] cutOff = IdxFiles.of(new byte[10], 2_000_000, 32, 32);
    assertRefused(cutOff, labels(2), "images", "only 10 follow");
  }

  @Test
  void refusesNoImages() throws IOException {
    assertRefused(IdxFiles.counting(0, 3, 4), labels(2), "images", "positive dimensions");
  }

  @Test
  void refusesAnotherNumberOfLabels() throws IOException {
    assertRefused(IdxFiles.counting(2, 3, 4), labels(3), "images", "2 images.*3 labels");
  }

  @Test
  void refusesALabelWithoutAClass() throws IOException {
    byte[] labels = IdxFiles.of(new byte[] {0, (byte) 200}, 2);
    assertRefused(IdxFiles.counting(2, 3, 4), labels, "labels", "label 200 of image 1.*0 to 2");
  }

  @Test
  void namesAMissingFile() {
    Path missing = dir.resolve("missing");
    assertThatThrownBy(() -> IdxFile.dataset(missing, missing, CLASSES))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(missing.toString());
  }

  private static byte[] labels(int count) throws IOException {
    return IdxFiles.of(new byte[count], count);
  }

  private void assertRefused(byte[] images, byte[] labels, String file, String reason) {
    assertThatThrownBy(() -> open(images, labels))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(dir.resolve(file).toString())
        .hasMessageMatching("(?s).*(" + reason + ").*");
  }

  private Dataset open(byte[] images, byte[] labels) throws IOException {
    Files.write(dir.resolve("images"), images);
    Files.write(dir.resolve("labels"), labels);
    return IdxFile.dataset(dir.resolve("images"), dir.resolve("labels"), CLASSES);
  }
}
