package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FashionMnistTest {
  @TempDir Path dir;

  @Test
  void opensFilesOfItsNamesWhateverTheirSize() throws IOException {
    write("train-images-idx3-ubyte.gz", IdxFiles.gzip(IdxFiles.counting(3, 2, 2)));
    write("train-labels-idx1-ubyte.gz", IdxFiles.gzip(IdxFiles.counting(3)));
    write("t10k-images-idx3-ubyte", IdxFiles.counting(1, 2, 2));
    write("t10k-labels-idx1-ubyte", IdxFiles.of(new byte[] {9}, 1));
    var train = new FashionMnist().open(dir, Split.TRAIN);
    var test = new FashionMnist().open(dir, Split.TEST);
    assertThat(train.size()).isEqualTo(3);
    assertThat(train.label(2)).isEqualTo(2);
    assertThat(test.size()).isEqualTo(1);
    assertThat(test.classNames().get(test.label(0))).isEqualTo("Ankle boot");
    assertThat(test.classNames()).hasSize(10);
  }

  @Test
  void namesTheMissingFile() throws IOException {
    write("train-images-idx3-ubyte.gz", IdxFiles.gzip(IdxFiles.counting(3, 2, 2)));
    assertThatThrownBy(() -> new FashionMnist().open(dir, Split.TRAIN))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll(dir.toString(), "train-labels-idx1-ubyte.gz", "copy");
  }

  private void write(String name, byte[] content) throws IOException {
    Files.write(dir.resolve(name), content);
  }
}
