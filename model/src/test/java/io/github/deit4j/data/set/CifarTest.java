package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarTest {
  @TempDir Path dir;

  @Test
  void readsTheFiveTrainingFilesOfCifar10() throws IOException {
    Path folder = Files.createDirectories(dir.resolve("cifar-10-batches-bin"));
    Files.writeString(folder.resolve("batches.meta.txt"), "airplane\nautomobile\nbird\n\n");
    for (int file = 1; file <= 5; file++) {
      byte[] records = join(record(file, file % 3), record(10 + file, 2));
      Files.write(folder.resolve("data_batch_" + file + ".bin"), records);
    }
    Files.write(folder.resolve("test_batch.bin"), record(99, 1));
    var train = Cifar.CIFAR10.open(dir, Split.TRAIN);
    assertThat(train.size()).isEqualTo(10);
    assertThat(train.channels()).isEqualTo(3);
    assertThat(train.classNames()).containsExactly("airplane", "automobile", "bird");
    assertThat(train.label(2)).isEqualTo(2);
    assertThat(train.label(4)).isEqualTo(0);
    assertThat(train.image(4).pixels()).startsWith(3, 4, 5);
    assertThat(train.image(5).pixels()).startsWith(13, 14, 15);
    var test = Cifar.CIFAR10.open(folder, Split.TEST);
    assertThat(test.size()).isEqualTo(1);
    assertThat(test.label(0)).isEqualTo(1);
    assertThat(test.image(0).height()).isEqualTo(32);
    assertThat(test.image(0).pixels()).startsWith(99).endsWith((byte) (99 + 3071));
  }

  @Test
  void takesTheFineLabelsOfCifar100() throws IOException {
    writeCifar100(record(5, 1, 0));
    var train = Cifar.CIFAR100.open(dir, Split.TRAIN);
    assertThat(train.size()).isEqualTo(1);
    assertThat(train.label(0)).isEqualTo(0);
    assertThat(train.image(0).pixels()).startsWith(5);
  }

  @Test
  void refusesPartsOfRecords() throws IOException {
    byte[] record = record(5, 1, 0);
    for (int length : new int[] {0, 1, record.length - 1}) {
      writeCifar100(Arrays.copyOf(record, length));
      assertThatThrownBy(() -> Cifar.CIFAR100.open(dir, Split.TRAIN))
          .isInstanceOf(DatasetException.class)
          .hasMessageContainingAll("train.bin", "3074 bytes", "found " + length);
    }
  }

  @Test
  void refusesALabelWithoutAClass() throws IOException {
    writeCifar100(join(record(5, 0, 0), record(5, 0, 255)));
    assertThatThrownBy(() -> Cifar.CIFAR100.open(dir, Split.TRAIN))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll("train.bin", "label 255 of image 1", "0 to 1");
  }

  @Test
  void namesAMissingFile() throws IOException {
    writeCifar100(record(5, 0, 0));
    assertThatThrownBy(() -> Cifar.CIFAR100.open(dir, Split.TEST))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll(dir.resolve("test.bin").toString(), "cifar-100-binary.tar.gz");
    assertThatThrownBy(() -> Cifar.CIFAR10.open(dir, Split.TRAIN))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("batches.meta.txt");
  }

  private void writeCifar100(byte[] records) throws IOException {
    Files.writeString(dir.resolve("fine_label_names.txt"), "apple\nbear\n");
    Files.write(dir.resolve("train.bin"), records);
  }

  /** Returns label bytes and the pixels first, first + 1, … */
  private static byte[] record(int first, int... labels) {
    byte[] record = new byte[labels.length + 3072];
    for (int i = 0; i < labels.length; i++) {
      record[i] = (byte) labels[i];
    }
    for (int i = 0; i < 3072; i++) {
      record[labels.length + i] = (byte) (first + i);
    }
    return record;
  }

  private static byte[] join(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
