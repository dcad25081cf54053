package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.weights.FormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageContentsTest {
  private static final int IMAGES = 3;

  @TempDir Path folder;

  @Test
  void whatIsReadIsWritten() throws Exception {
    byte[] bytes = {1, 2, 3, 4, 0, 0, 0, 0, -1, -2, -3, -4};
    Path file = Files.write(folder.resolve("contents"), bytes);
    var contents = new ImageContents();
    contents.read(folder.resolve("none"), IMAGES);
    assertThat(contents.isKnown()).isFalse();
    contents.read(file, IMAGES);
    contents.write(folder.resolve("written"));
    assertThat(folder.resolve("written")).hasBinaryContent(bytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8, 11, 13, 16})
  void aFileForOtherImagesIsRefused(int bytes) throws Exception {
    Path file = Files.write(folder.resolve("contents"), new byte[bytes]);
    assertThatThrownBy(() -> new ImageContents().read(file, IMAGES))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("12 bytes, four for each image");
  }
}
