package io.github.deit4j.data.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.Dataset.Split;
import io.github.deit4j.data.DatasetException;
import io.github.deit4j.data.decode.ImageDecoderTest;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ImageListTest {
  private static final ImageList FORMAT = new ImageList();

  @TempDir Path parent;
  private Path dir;

  @BeforeEach
  void makeImages() throws IOException {
    dir = Files.createDirectories(parent.resolve("data/a, b")).getParent();
    for (String name : List.of("1.png", "2.png", "a, b/3.png", "../outside.png")) {
      var picture = new BufferedImage(4, 3, BufferedImage.TYPE_3BYTE_BGR);
      picture.setRGB(0, 0, name.hashCode());
      Files.write(dir.resolve(name), ImageDecoderTest.encode(picture, "png"));
    }
  }

  private void list(String csv) throws IOException {
    Files.writeString(dir.resolve("images.csv"), csv);
  }

  private List<String> images(Split split) throws IOException {
    List<String> found = new ArrayList<>();
    try (Dataset images = FORMAT.open(dir, split)) {
      for (int i = 0; i < images.size(); i++) {
        assertThat(images.image(i).width()).isEqualTo(4);
        String file = dir.relativize(Path.of(images.name(i))).toString().replace('\\', '/');
        found.add(file + " " + images.classNames().get(images.label(i)));
      }
    }
    return found;
  }

  @Test
  void labelsThatAreWholeNumbersAreSortedAsNumbers() throws IOException {
    list("path,label,split\n1.png,10,train\n2.png,9,train\n");
    try (Dataset images = FORMAT.open(dir, Split.TRAIN)) {
      assertThat(images.classNames()).containsExactly("9", "10");
      assertThat(images.label(0)).isEqualTo(1);
      assertThat(images.label(1)).isZero();
    }
  }

  @Test
  void readsTheImagesInTheListsOrderAndSortsTheClasses() throws IOException {
    list(
        "\uFEFFsplit,note,path,label\r\ntrain,,2.png,zebra\r\nval,x,1.png,ant\r\n"
            + "train,\"a \"\"quoted\"\"\r\nnote\",\"a, b/3.png\",ant\r\n");
    assertThat(FORMAT.isIn(dir)).isTrue();
    assertThat(FORMAT.hasSplits(dir)).isTrue();
    assertThat(images(Split.TRAIN)).containsExactly("2.png zebra", "a, b/3.png ant");
    assertThat(images(Split.TEST)).containsExactly("1.png ant");
    try (Dataset test = FORMAT.open(dir, Split.TEST)) {
      assertThat(test.classNames()).containsExactly("ant", "zebra");
    }
  }

  @Test
  void evaluatesOnTestWhereThereIsNoVal() throws IOException {
    list("path,label,split\n1.png,b,test\n2.png,a,train\na, b/3.png,b,train");
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TEST))
        .hasMessageContaining("expected 3 fields");
    list("path,label,split\n1.png,b,test\n2.png,a,train\n\"a, b/3.png\",b,train");
    assertThat(images(Split.TEST)).containsExactly("1.png b");
    list("path,label,split\n1.png,b,test\n2.png,a,test\n");
    assertThat(images(Split.TEST)).as("nothing to train on").hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                                   | images.csv: expected a header with the columns [path, label, split], found nothing
          path,label,split                                     | images.csv: expected a line for each image, found only the header
          path,label;1.png,a                                   | images.csv, line 1: expected a header with one column "split", found [path, label]
          path,label,split,path;1.png,a,train,x                | images.csv, line 1: expected a header with one column "path"
          1.png,a,train;2.png,a,train                          | images.csv, line 1: expected a header with one column "path"
          path,label,split;1.png,a,train;2.png,a               | images.csv, line 3: expected 3 fields as in the header, found 2
          path,label,split;1.png,a,train;;2.png,a,train        | images.csv, line 3: expected 3 fields as in the header, found 1
          path,label,split;1.png,a,dev                         | images.csv, line 2: expected the split train, val, test, found "dev"
          path,label,split;1.png,,train                        | images.csv, line 2: expected a label of 1 to 200 printable characters, found ""
          path,label,split;,a,train                            | images.csv, line 2: expected an image's path, found none
          path,label,split;1.png,a,train;1.png,b,train         | images.csv, line 3: expected each image once, found 1.png again after
          path,label,split;1.png,a,train;.//1.png,a,val        | images.csv, line 3: expected each image once, found .//1.png again after
          path,label,split;1.png,a,train;2.png,b,val           | images.csv, line 3: expected a label that a training image has, found "b"
          path,label,split;1.png,a,val;3.png,a,train           | images.csv, line 3: expected an image file, found no file
          path,label,split;1.png,a,val;a,a,train               | images.csv, line 3: expected an image file, found no file
          path,label,split;../outside.png,a,train              | images.csv, line 2: expected a file in the folder
          path,label,split;a/../../outside.png,a,train         | images.csv, line 2: expected a file in the folder
          path,label,split;/etc/hostname,a,train               | images.csv, line 2: expected a file in the folder
          path,label,split;1.png,a,val                         | images.csv: expected images of the split train, found val only
          path,label,split;"1.png,a,train                      | images.csv, line 2: not valid CSV: expected a quote at the end
          path,label,split;"1.png"x,a,train                    | images.csv, line 2: not valid CSV: expected a comma or the line's end
          path,label,split;1".png,a,train                      | images.csv, line 2: not valid CSV: expected a field with a quote in it to be quoted
          """)
  void refusesWhatIsNoList(String lines, String message) throws IOException {
    list(lines == null ? "" : lines.replace(';', '\n'));
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TRAIN))
        .isInstanceOf(DatasetException.class)
        .hasMessageStartingWith(dir.toString())
        .hasMessageContaining(message);
  }

  @Test
  void refusesAFolderWithoutAList() {
    assertThat(FORMAT.isIn(dir)).isFalse();
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TRAIN))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("images.csv: expected a list of images with the columns [path,");
  }

  @Test
  void refusesOtherBytesThanText() throws IOException {
    Files.write(
        dir.resolve("images.csv"), "path,label,split\nä.png".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TRAIN))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("images.csv: expected text in UTF-8");
    list("path,label,split\n1\u0000.png,a,train\n");
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TRAIN))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("images.csv, line 2: expected a file's path");
    list("path,label,split\n1.png,a\u0007,train\n");
    assertThatThrownBy(() -> FORMAT.open(dir, Split.TRAIN))
        .hasMessageContaining("images.csv, line 2: expected a label");
  }

  @ParameterizedTest
  @EnumSource
  void followsLinksInsideTheFolderOnly(Link link) throws IOException {
    Path target = link.outside ? parent : dir;
    if (link.ofFolder) {
      Files.createSymbolicLink(dir.resolve("link"), target);
    } else {
      Path file = target.resolve(link.outside ? "outside.png" : "1.png");
      Files.createSymbolicLink(dir.resolve("link.png"), file);
    }
    String name = link.outside ? "outside.png" : "1.png";
    list("path,label,split\n%s,a,train\n".formatted(link.ofFolder ? "link/" + name : "link.png"));
    if (link.outside) {
      assertThatThrownBy(() -> FORMAT.open(dir, Split.TRAIN))
          .isInstanceOf(DatasetException.class)
          .hasMessageContaining("images.csv, line 2: expected a file in the folder")
          .hasMessageContaining("which leads out of it");
    } else {
      assertThat(images(Split.TRAIN)).hasSize(1);
    }
  }

  enum Link {
    FILE_OUTSIDE(true, false),
    FILE_INSIDE(false, false),
    FOLDER_OUTSIDE(true, true),
    FOLDER_INSIDE(false, true);

    private final boolean outside;
    private final boolean ofFolder;

    Link(boolean outside, boolean ofFolder) {
      this.outside = outside;
      this.ofFolder = ofFolder;
    }
  }

  @Test
  void aLinkMayBeTheFolderItself() throws IOException {
    list("path,label,split\n1.png,a,train\n");
    dir = Files.createSymbolicLink(parent.resolve("here"), dir);
    assertThat(images(Split.TRAIN)).containsExactly("1.png a");
  }
}
