package io.github.deit4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.decode.ImageDecoder;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * This module's dependencies are the launcher's: what is optional in {@code model} is missing there
 * unless it stands in the POM here, too.
 */
class LibrariesTest {
  @SuppressWarnings("UnusedVariable") // by the test
  private static final Iterable<String> EXTENSIONS = ImageDecoder.EXTENSIONS;

  @ParameterizedTest
  @FieldSource("EXTENSIONS")
  void readsEveryImageFormat(String extension) {
    assertThat(ImageIO.getImageReadersBySuffix(extension)).hasNext();
  }
}
