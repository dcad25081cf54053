package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data sets that name their images in a file, from the command line. */
class ListedImagesTest {
  private static final String RECIPE =
      """
      model: custom
      image-size: 8
      patch-size: 4
      channels: 3
      width: 8
      depth: 1
      heads: 1
      mlp-ratio: 1
      distilled: false
      epochs: 1
      batch: 2
      data: %s
      """;

  @TempDir Path dir;
  private Path data;

  /** Six images of two classes, the last two of them for evaluation. */
  private void makeImages(String format) throws IOException {
    data = dir.resolve("data");
    List<String> lines = new ArrayList<>(List.of("path,label,split"));
    List<String> images = new ArrayList<>();
    List<String> annotations = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Path file = data.resolve("train_val2018/Aves/" + i % 2 + "/" + i + ".png");
      Files.createDirectories(file.getParent());
      var picture = new BufferedImage(20 + i, 18, BufferedImage.TYPE_3BYTE_BGR);
      picture.setRGB(i, i, 0xFFAA00 + i);
      ImageIO.write(picture, "png", file.toFile());
      String path = data.relativize(file).toString();
      lines.add("%s,bird %d,%s".formatted(path, i % 2, i < 4 ? "train" : "val"));
      images.add("{\"id\": %d, \"file_name\": \"%s\"}".formatted(i, path));
      annotations.add("{\"image_id\": %d, \"category_id\": %d}".formatted(i, i % 2));
    }
    if (format.equals("image-list")) {
      Files.write(data.resolve("images.csv"), lines);
    } else {
      write("train2018.json", images.subList(0, 4), annotations.subList(0, 4));
      write("val2018.json", images.subList(4, 6), annotations.subList(4, 6));
    }
  }

  private void write(String file, List<String> images, List<String> annotations)
      throws IOException {
    Files.writeString(
        data.resolve(file),
        """
        {"images": %s, "annotations": %s,
         "categories": [{"id": 0, "name": "bird 0"}, {"id": 1, "name": "bird 1"}]}
        """
            .formatted(images, annotations));
  }

  private byte[] train(String format, Path from, String out) throws IOException {
    Path recipe = Files.writeString(dir.resolve("recipe.yaml"), RECIPE.formatted(format));
    Path folder = dir.resolve(out);
    Cli result =
        Cli.run(
            "train",
            "--recipe",
            recipe.toString(),
            "--data",
            from.toString(),
            "--out",
            folder.toString());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(folder.resolve("results.json")).as("evaluated").isRegularFile();
    assertThat(folder.resolve("environment.json")).content().contains("jpeg-decoder");
    return Files.readAllBytes(folder.resolve("model.safetensors"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"image-list", "inaturalist"})
  void packsTrainsAndEvaluates(String format) throws IOException {
    makeImages(format);
    Path packs = dir.resolve("packs");
    Cli packed = Cli.run("pack", "--data", data.toString(), "--out", packs.toString());
    assertThat(packed.code()).as(packed.err()).isZero();
    assertThat(packed.err())
        .contains("train.pack: 4 images of 2 classes, written")
        .contains("val.pack: 2 images of 2 classes, written");
    byte[] fromFiles = train(format, data, "files");
    assertThat(train(format, packs, "packed")).isEqualTo(fromFiles);
    assertThat(train("image-folder", packs, "folder")).isEqualTo(fromFiles);
    List<String> outputs = new ArrayList<>();
    for (Path from : List.of(data, packs)) {
      Cli evaluated =
          Cli.run(
              "evaluate",
              "--weights",
              dir.resolve("files/model.safetensors").toString(),
              "--data",
              from.toString(),
              "--json");
      assertThat(evaluated.code()).as(evaluated.err()).isZero();
      outputs.add(evaluated.out());
    }
    assertThat(outputs.getFirst()).contains("\"top1\"").isEqualTo(outputs.getLast());
  }

  @Test
  void refusesBadListsWithExit65() throws IOException {
    makeImages("image-list");
    Path list = data.resolve("images.csv");
    Files.writeString(list, Files.readString(list).replace("Aves/1/3.png", "Aves/1/x.png"));
    Path recipe = Files.writeString(dir.resolve("r.yaml"), RECIPE.formatted("image-list"));
    String from = data.toString();
    String run = dir.resolve("run").toString();
    for (Cli refused :
        List.of(
            Cli.run("train", "--recipe", recipe.toString(), "--data", from, "--out", run),
            Cli.run("pack", "--data", from, "--out", dir.resolve("packs").toString()))) {
      assertThat(refused.code()).isEqualTo(ExitCode.BAD_DATA);
      assertThat(refused.err())
          .contains("images.csv, line 5")
          .containsAnyOf("expected an image file, found no", "x.png: no such file");
    }
    assertThat(dir.resolve("run")).doesNotExist();
    assertThat(dir.resolve("packs")).doesNotExist();
  }

  @Test
  void refusesBadAnnotationsWithExit65() throws IOException {
    makeImages("inaturalist");
    Path file = data.resolve("train2018.json");
    Files.writeString(
        file, Files.readString(file).replace("\"category_id\": 1", "\"category_id\": 7"));
    Cli refused =
        Cli.run("pack", "--data", data.toString(), "--out", dir.resolve("packs").toString());
    assertThat(refused.code()).isEqualTo(ExitCode.BAD_DATA);
    assertThat(refused.err())
        .contains("train2018.json: annotations[1]: expected the id of a category");
  }
}
