package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.testing.FuzzedFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;

/** An input is the records and behind them, from the last zero on, the class names. */
class CifarFuzzTest extends FuzzedFormat {
  private static final int RECORD = 3074;

  @Override
  protected List<byte[]> examples() {
    byte[] names = "\0a\nb\nc\n".getBytes(StandardCharsets.UTF_8);
    byte[] one = new byte[RECORD + names.length];
    System.arraycopy(names, 0, one, RECORD, names.length);
    one[1] = 2;
    return List.of(one, Arrays.copyOfRange(one, RECORD - 1, one.length), new byte[] {0});
  }

  @Override
  protected boolean read(byte[] content) throws IOException {
    int end = content.length;
    while (end > 0 && content[end - 1] != 0) {
      end--;
    }
    Files.write(folder().resolve("test.bin"), Arrays.copyOf(content, Math.max(0, end - 1)));
    Files.write(
        folder().resolve("fine_label_names.txt"), Arrays.copyOfRange(content, end, content.length));
    try (Dataset images = Cifar.CIFAR100.open(folder(), Split.TEST)) {
      for (int i = 0; i < images.size(); i++) {
        assertThat(images.image(i).channels()).isEqualTo(3);
        assertThat(images.label(i)).isLessThan(images.classNames().size());
      }
      return true;
    } catch (DatasetException e) {
      assertThat(e).hasMessageStartingWith(folder().toString());
      return false;
    }
  }
}
