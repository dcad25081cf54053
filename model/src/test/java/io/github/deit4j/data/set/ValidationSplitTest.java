package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidationSplitTest {
  private static final List<String> HELD_OUT_WITH_SEED_7 =
      List.of(
          "0/2, or so.png",
          "1/4, or so.png",
          "0/6, or so.png",
          "0/8, or so.png",
          "1/15, or so.png");

  @TempDir Path dir;

  /** Images of some labels, without pixels. */
  private record Labels(List<Integer> labels, List<String> classNames) implements Dataset {
    Labels(Integer... labels) {
      this(List.of(labels), List.of("cat", "a \"big\", dog", "one"));
    }

    @Override
    public int size() {
      return labels.size();
    }

    @Override
    public int channels() {
      return 3;
    }

    @Override
    public int label(int index) {
      return labels.get(index);
    }

    @Override
    public String path(int index) {
      return "%s/%d, or so.png".formatted(labels.get(index), index);
    }

    @Override
    public Image image(int index, Reduction reduction) throws CorruptImageException {
      throw new CorruptImageException(name(index), "there are labels only");
    }
  }

  private static Labels tenFiveOne() {
    return new Labels(0, 1, 0, 0, 1, 0, 0, 2, 0, 1, 0, 0, 1, 0, 0, 1);
  }

  private static List<String> paths(Dataset images) {
    return IntStream.range(0, images.size()).mapToObj(images::path).toList();
  }

  private static long count(Dataset images, int label) {
    return IntStream.range(0, images.size()).filter(i -> images.label(i) == label).count();
  }

  @Test
  void holdsOutTheSameShareOfEachClassAndNeverTheLastImage() throws DatasetException {
    ValidationSplit split = ValidationSplit.draw(tenFiveOne(), 0.3, 1);
    assertThat(count(split.validation(), 0)).isEqualTo(3);
    assertThat(count(split.validation(), 1)).isEqualTo(2);
    assertThat(count(split.validation(), 2)).isZero();
    List<String> both = new ArrayList<>(paths(split.training()));
    both.addAll(paths(split.validation()));
    assertThat(both).doesNotHaveDuplicates().hasSize(16);
    for (double share : new double[] {1e-9, 0.999}) {
      Dataset held = ValidationSplit.draw(tenFiveOne(), share, 1).validation();
      assertThat(count(held, 0)).isEqualTo(share < 0.5 ? 1 : 9);
      assertThat(count(held, 1)).isEqualTo(share < 0.5 ? 1 : 4);
    }
  }

  @Test
  void dependsOnTheSeedAlone() throws DatasetException {
    var drawn = new TreeSet<String>();
    for (long seed = 0; seed < 8; seed++) {
      String csv = ValidationSplit.draw(tenFiveOne(), 0.3, seed).toCsv();
      assertThat(ValidationSplit.draw(tenFiveOne(), 0.3, seed).toCsv()).isEqualTo(csv);
      drawn.add(csv);
    }
    assertThat(drawn).hasSizeGreaterThan(4);
    assertThat(paths(ValidationSplit.draw(tenFiveOne(), 0.3, 7).validation()))
        .as("never changes: runs go on with it")
        .containsExactlyElementsOf(HELD_OUT_WITH_SEED_7);
  }

  @Test
  void aRunsFileGivesItBack() throws IOException {
    Labels images = tenFiveOne();
    ValidationSplit split = ValidationSplit.draw(images, 0.3, 3);
    Path file = Files.writeString(dir.resolve(ValidationSplit.FILE), split.toCsv());
    assertThat(Files.readAllLines(file))
        .hasSize(17)
        .startsWith("path,label,split")
        .anyMatch(line -> line.equals("\"2/7, or so.png\",one,train"))
        .anyMatch(line -> line.startsWith("\"1/1, or so.png\",\"a \"\"big\"\", dog\","));
    ValidationSplit read = ValidationSplit.read(file, images);
    assertThat(read.toCsv()).isEqualTo(split.toCsv());
    assertThat(paths(read.training())).isEqualTo(paths(split.training()));
  }

  @Test
  void isOfTheseImagesOnly() throws IOException {
    Path file = dir.resolve(ValidationSplit.FILE);
    Files.writeString(file, ValidationSplit.draw(tenFiveOne(), 0.3, 3).toCsv());
    assertThatThrownBy(() -> ValidationSplit.read(file, new Labels(0, 1)))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll("found 14 of them missing", "or so.png");
    assertThatThrownBy(() -> ValidationSplit.read(file, new Labels(0, 1, 1)))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll("found 1/2, or so.png", "which it did not have");
    Files.writeString(file, "path,label,split\na,cat,test\n");
    assertThatThrownBy(() -> ValidationSplit.read(file, tenFiveOne()))
        .hasMessageContaining("line 2: expected path, label and train or val");
    Files.writeString(file, "path,label\na,cat\n");
    assertThatThrownBy(() -> ValidationSplit.read(file, tenFiveOne()))
        .hasMessageContaining("expected the header [path, label, split]");
  }

  @Test
  void needsTwoImagesOfAClass() {
    assertThatThrownBy(() -> ValidationSplit.draw(new Labels(0, 1, 2), 0.5, 0))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("val-split: expected a class with two images");
  }
}
