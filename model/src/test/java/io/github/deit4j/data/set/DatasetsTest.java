package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {
  @TempDir Path dir;

  @Test
  void looksInTheEnvironmentsFolderBeforeTheCache() throws IOException {
    Path named = Files.createDirectories(dir.resolve("data/x-set"));
    Path cached = Files.createDirectories(dir.resolve(".cache/deit4j/x-set"));
    Files.createFile(cached.resolve("file"));
    assertThat(Datasets.locate("x-set", Optional.empty(), env())).as("not empty").isEqualTo(cached);
    Files.createFile(named.resolve("file"));
    assertThat(Datasets.locate("x-set", Optional.empty(), env())).isEqualTo(named);
  }

  @Test
  void takesTheExplicitFolder() throws IOException {
    assertThat(Datasets.locate("x-set", Optional.of(dir), env())).isEqualTo(dir);
    Path missing = dir.resolve("missing");
    assertThatThrownBy(() -> Datasets.locate("x-set", Optional.of(missing), env()))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(missing.toString());
  }

  @Test
  void listsAllPlacesLookedAt() {
    assertThatThrownBy(() -> Datasets.locate("x-set", Optional.empty(), env()))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll(
            dir.resolve("data/x-set").toString(),
            dir.resolve(".cache/deit4j/x-set").toString(),
            "/usr/share/datasets/x-set",
            "/usr/local/share/datasets/x-set",
            "--data",
            "DEIT4J_DATA");
  }

  @Test
  void refusesAnUnknownName() {
    assertThatThrownBy(() -> Datasets.named("mnist"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("mnist", "fashion-mnist", "image-folder");
  }

  @Test
  void opensEveryNameItKnows() {
    // An empty folder: each format misses its own files.
    for (DatasetFormat format : Datasets.ALL) {
      assertThat(Datasets.named(format.name())).isSameAs(format);
      assertThatThrownBy(() -> format.open(dir, Split.TRAIN))
          .as(format.name())
          .isInstanceOf(DatasetException.class)
          .hasMessageContaining(dir.toString());
    }
  }

  @Test
  void detectsWhoseFilesAreInAFolder() throws IOException {
    assertThat(Datasets.detect(dir).name()).isEqualTo("image-folder");
    for (String[] expected :
        new String[][] {
          {"t10k-labels-idx1-ubyte.gz", "fashion-mnist"},
          {"train-images-idx3-ubyte", "fashion-mnist"},
          {"data_batch_3.bin", "cifar10"},
          {"cifar-10-batches-bin/test_batch.bin", "cifar10"},
          {"train.bin", "cifar100"},
          {"cifar-100-binary/test.bin", "cifar100"},
          {"images.csv", "image-list"},
          {"val2018.json", "inaturalist"},
          {"cats/1.png", "image-folder"}
        }) {
      Path folder = Files.createTempDirectory(dir, "set");
      Path file = folder.resolve(expected[0]);
      Files.createDirectories(file.getParent());
      Files.createFile(file);
      assertThat(Datasets.detect(folder).name()).as(expected[0]).isEqualTo(expected[1]);
    }
  }

  @Test
  void detectsNothingInAMissingFolder() {
    Path missing = dir.resolve("missing");
    assertThatThrownBy(() -> Datasets.detect(missing))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(missing + ": expected a folder");
  }

  private Map<String, String> env() {
    return Map.of("HOME", dir.toString(), "DEIT4J_DATA", dir.resolve("data").toString());
  }
}
