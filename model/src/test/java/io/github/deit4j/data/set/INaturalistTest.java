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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class INaturalistTest {
  private static final INaturalist FORMAT = new INaturalist();
  private static final String TRAIN =
      """
      {"info": {"year": 2018, "nested": [[1, {"images": []}]]},
       "annotations": [
         {"id": 7, "image_id": 30, "category_id": 12},
         {"id": 8, "image_id": 10, "category_id": 3}],
       "images": [
         {"id": 10, "width": 4, "height": 3, "file_name": "train_val2018/Aves/3/b.png",
          "license": 1, "rights_holder": "someone"},
         {"id": 30, "file_name": "train_val2018/Aves/12/a.png", "extra": {"deep": [null]}}],
       "categories": [
         {"id": 12, "name": "12", "supercategory": "Aves"},
         {"id": 3, "name": "3", "supercategory": "Aves"}],
       "licenses": []}
      """;
  private static final String VAL =
      """
      {"images": [{"id": 1, "file_name": "train_val2018/Aves/12/c.png"}],
       "categories": [{"id": 3, "name": "3"}, {"id": 12, "name": "12"}],
       "annotations": [{"id": 1, "image_id": 1, "category_id": 12}]}
      """;

  @TempDir Path dir;

  @BeforeEach
  void makeFiles() throws IOException {
    for (String name : List.of("3/b", "12/a", "12/c")) {
      Path file = dir.resolve("train_val2018/Aves/" + name + ".png");
      Files.createDirectories(file.getParent());
      var picture = new BufferedImage(4, 3, BufferedImage.TYPE_3BYTE_BGR);
      Files.write(file, ImageDecoderTest.encode(picture, "png"));
    }
    Files.writeString(dir.resolve("train2018.json"), TRAIN);
    Files.writeString(dir.resolve("val2018.json"), VAL);
  }

  private List<String> images(Split split) throws IOException {
    List<String> found = new ArrayList<>();
    try (Dataset images = FORMAT.open(dir, split)) {
      for (int i = 0; i < images.size(); i++) {
        assertThat(images.image(i).width()).isEqualTo(4);
        Path file = Path.of(images.name(i)).getFileName();
        found.add(file + " " + images.classNames().get(images.label(i)));
      }
    }
    return found;
  }

  @Test
  void readsTheFilesOfACompetition() throws IOException {
    assertThat(FORMAT.isIn(dir)).isTrue();
    assertThat(FORMAT.hasSplits(dir)).isTrue();
    assertThat(images(Split.TRAIN)).containsExactly("b.png 3", "a.png 12");
    assertThat(images(Split.TEST)).containsExactly("c.png 12");
    try (Dataset train = FORMAT.open(dir, Split.TRAIN)) {
      assertThat(train.classNames()).as("by id").containsExactly("3", "12");
    }
    Files.delete(dir.resolve("train2018.json"));
    assertThat(images(Split.TEST)).as("alone").containsExactly("c.png 12");
  }

  @Test
  void namesTheCategoriesAsPublishedLater() throws IOException {
    Files.writeString(
        dir.resolve("categories.json"),
        """
        [{"id": 3, "name": "Ara ararauna"}, {"id": 12, "name": "Buteo buteo", "genus": "Buteo"},
         {"id": 4, "name": "Corvus corax"}]
        """);
    assertThat(images(Split.TRAIN)).containsExactly("b.png Ara ararauna", "a.png Buteo buteo");
    try (Dataset test = FORMAT.open(dir, Split.TEST)) {
      assertThat(test.classNames()).containsExactly("Ara ararauna", "Corvus corax", "Buteo buteo");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "image_id": 10, "category_id": 3    | "image_id": 10, "category_id": 4  | annotations[1]: expected the id of a category, found 4
          "image_id": 10, "category_id": 3    | "image_id": 30, "category_id": 3  | annotations[1]: expected one annotation of an image, found another of 30
          "image_id": 10, "category_id": 3    | "image_id": 11, "category_id": 3  | image 10: expected an annotation of it, found none
          {"id": 7, "image_id"                | {"id": 9, "image_id": 99, "category_id": 3}, {"image_id" | expected annotations of the file's images, found one of image 99
          {"id": 30, "file_name"              | {"id": 10, "file_name"            | images[1]: expected each id once, found 10 again
          {"id": 12, "name": "12"             | {"id": 3, "name": "12"            | categories[1]: expected each id once, found 3 again
          "train_val2018/Aves/12/a.png"       | 17                                | images[1].file_name: expected a string, found 17
          "train_val2018/Aves/12/a.png"       | "train_val2018/Aves/12/x.png"     | image 30: expected an image file, found no file
          "train_val2018/Aves/12/a.png"       | "train_val2018/Aves/3/b.png"      | image 30: expected each image once, found train_val2018/Aves/3/b.png again
          "train_val2018/Aves/12/a.png"       | "../a.png"                        | image 30: expected a file in the folder
          "train_val2018/Aves/12/a.png"       | "/etc/hostname"                   | image 30: expected a file in the folder
          {"id": 10, "width"                  | {"width"                          | images[0]: expected the key "id", found only
          "categories": [                     | "kategories": [                   | expected arrays [categories], found none
          "images": [\\n                      | "images": 1, "x": [\\n            | images: expected an array
          "licenses": []}                     | "licenses": []                    | not valid JSON
          "licenses": []}                     | "licenses": []} 1                 | expected the end after the JSON document
          {"info"                             | {"images": [], "info"             | not valid JSON: Duplicate
          """)
  void refusesWhatIsNotAsPublished(String text, String other, String message) throws IOException {
    String good = TRAIN.replace("\"images\": [\n", "\"images\": [\\n");
    String bad = good.replace(text, other);
    assertThat(bad).isNotEqualTo(good);
    Files.writeString(dir.resolve("train2018.json"), bad.replace("\\n", "\n"));
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TRAIN))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("train2018.json")
        .hasMessageContaining(message);
  }

  @Test
  void refusesAnEmptyListAndSeveralYears() throws IOException {
    Files.writeString(
        dir.resolve("val2018.json"), "{\"images\": [], \"annotations\": [], \"categories\": []}");
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TEST))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("val2018.json: expected images, found none");
    Files.copy(dir.resolve("val2018.json"), dir.resolve("val2019.json"));
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TEST))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("expected the files of one year");
    Files.delete(dir.resolve("val2018.json"));
    Files.delete(dir.resolve("val2019.json"));
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TEST))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("such as val2018.json, found train only");
  }
}
