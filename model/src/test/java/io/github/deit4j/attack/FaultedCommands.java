package io.github.deit4j.attack;

import io.github.deit4j.cli.Cli;
import io.github.deit4j.cli.TinyFashionMnist;
import io.github.deit4j.cli.TinyTraining;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/**
 * The commands, each as small as can be; {@code draws} is {@code teach} of images that change.
 * Where memory and calls fail, {@code train} and {@code pack} read JPEG files, and the model is so
 * large that it has memory mapped for itself.
 */
final class FaultedCommands {
  static final List<String> NAMES =
      List.of("train", "resume", "export", "pack", "teach", "draws", "study");

  private static final int STUDIED_SIDE = 28;
  private static final int PICTURE_SIDE = 160;
  private static final int PICTURES_OF_A_CLASS = 6;
  private static final String PICTURES = "images";

  private static final List<String> SMALL =
      settings("width=8", "depth=1", "epochs=1", "checkpoint-every=2");

  private static final List<String> OF_PICTURES =
      settings(
          "image-size=64",
          "patch-size=8",
          "width=96",
          "depth=3",
          "heads=3",
          "mlp-ratio=4",
          "reduced-decode=true", // in which decoders differ
          "crop-min-area=0.9",
          "batch=6",
          "accumulate=1",
          "epochs=1",
          "checkpoint-every=1");

  private final Path folder;
  private final FaultKind kind;
  private final boolean pictures;
  private final String backend;
  private final String precision;

  /** For {@code --backend} and {@code --precision}; with pictures or with digits. */
  FaultedCommands(Path folder, FaultKind kind, boolean pictures, String backend, String precision) {
    this.folder = folder;
    this.kind = kind;
    this.pictures = pictures;
    this.backend = backend;
    this.precision = precision;
  }

  private static List<String> settings(String... settings) {
    return Arrays.stream(settings).flatMap(each -> List.of("--set", each).stream()).toList();
  }

  /** Prepares one of {@link #NAMES}. */
  FaultedCommand get(String name) throws IOException {
    Path template = Files.createDirectories(folder.resolve(name + "-template"));
    Path work = folder.resolve(name);
    TinyTraining.in(template);
    writePictures(template.resolve(PICTURES));
    if (name.equals("resume")) {
      require(with(train(template, "out"), "--max-steps", "2"));
    } else if (List.of("export", "teach", "draws").contains(name)) {
      require(with(train(template, "model"), "--max-steps", "2"));
    }
    List<String> arguments =
        switch (name) {
          case "train", "resume" -> train(work, "out");
          case "export" -> export(work);
          case "pack" -> pack(work);
          case "teach" -> teach(template, work, false);
          case "draws" -> teach(template, work, true);
          default -> study(template, work);
        };
    List<String> again =
        switch (name) {
          case "train", "resume" -> with(arguments, "--resume");
          case "draws", "study" -> arguments;
          default -> null;
        };
    return new FaultedCommand(
        name, kind, template, work, name.equals("resume") ? again : arguments, again);
  }

  private static List<String> with(List<String> arguments, String... more) {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of(more));
    return all;
  }

  private static void require(List<String> arguments) throws IOException {
    Cli result = Cli.run(arguments.toArray());
    if (result.code() != 0) {
      throw new IOException(result.err());
    }
  }

  private List<String> device() {
    return List.of("--backend", backend, "--precision", precision, "--threads", "1");
  }

  private List<String> train(Path parent, String run) {
    List<String> all = new ArrayList<>();
    if (pictures) {
      all.addAll(List.of("train", "--recipe", "own-images"));
      all.addAll(List.of("--data", parent.resolve(PICTURES).toString()));
      all.addAll(List.of("--out", parent.resolve(run).toString()));
      all.addAll(OF_PICTURES);
    } else {
      all.addAll(new TinyTraining(parent).command(run, SMALL.toArray(String[]::new)));
      all.subList(1, 3).clear(); // the backend
    }
    all.addAll(device());
    return all;
  }

  private void writePictures(Path into) throws IOException {
    var random = new SplittableRandom(1);
    for (String split : new String[] {"train", "val"}) {
      for (String each : new String[] {"cat", "dog"}) {
        Path of = Files.createDirectories(into.resolve(split).resolve(each));
        for (int i = 0; i < (pictures ? PICTURES_OF_A_CLASS : 1); i++) {
          int side = pictures ? PICTURE_SIDE : 8;
          var picture = new BufferedImage(side, side, BufferedImage.TYPE_3BYTE_BGR);
          for (int at = 0; pictures && at < side * side; at++) {
            picture.setRGB(at % side, at / side, random.nextInt());
          }
          String format = pictures ? "jpg" : "bmp";
          try (var out = Files.newOutputStream(of.resolve(i + "." + format))) {
            ImageIO.write(picture, format, out);
          }
        }
      }
    }
  }

  private static List<String> export(Path work) {
    return List.of(
        "export",
        "--weights",
        work.resolve("model/model.safetensors").toString(),
        "--format",
        "huggingface",
        "--out",
        work.resolve("out").toString());
  }

  private static List<String> pack(Path work) {
    return List.of(
        "pack",
        "--data",
        work.resolve(PICTURES).toString(),
        "--out",
        work.resolve("out").toString());
  }

  private List<String> teach(Path template, Path work, boolean draws) throws IOException {
    Files.createDirectories(template.resolve("out")); // which the command does not do
    List<String> all =
        new ArrayList<>(
            List.of("teach", "--teacher", work.resolve("model/model.safetensors").toString()));
    if (pictures) {
      all.addAll(List.of("--recipe", "own-images", "--data", work.resolve(PICTURES).toString()));
      all.addAll(OF_PICTURES);
      all.addAll(
          draws
              ? settings("distillation=hard")
              : settings("train-crop=center", "flip=0.5", "mixup=0", "cutmix=0"));
    } else {
      all.addAll(List.of("--recipe", work.resolve("recipe.yaml").toString()));
      all.addAll(List.of("--data", work.resolve("data").toString()));
      all.addAll(draws ? settings("distillation=soft") : settings("crop-padding=0"));
    }
    all.addAll(List.of("--out", work.resolve("out/logits.safetensors").toString()));
    all.addAll(device());
    return all;
  }

  private List<String> study(Path template, Path work) throws IOException {
    TinyFashionMnist.write(template.resolve("data"), STUDIED_SIDE, 80, 30);
    List<String> all = new ArrayList<>(List.of("study", "--recipe", "fashion-mnist"));
    all.addAll(List.of("--data", work.resolve("data").toString()));
    all.addAll(List.of("--out", work.resolve("out").toString()));
    all.addAll(List.of("--seed", "3", "--only", "none"));
    all.addAll(settings("train-images=0", "epochs=1", "crop-padding=0", "depth=1"));
    all.addAll(device());
    return all;
  }
}
