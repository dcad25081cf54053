package io.github.deit4j.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/** Writes small pictures whose colour tells the class: photos of somebody's own. */
final class OwnImages {
  static final List<String> CLASSES = List.of("blue", "green", "red");

  private static final int SIDE = 24;

  /** A model that trains in no time. */
  static final List<String> TINY =
      List.of("image-size=16", "patch-size=8", "width=16", "depth=2", "heads=2", "mlp-ratio=2");

  private OwnImages() {}

  /** Writes images of every class into a folder of class folders. */
  static void write(Path folder, int ofEachClass) throws IOException {
    for (String name : CLASSES) {
      for (int i = 0; i < ofEachClass; i++) {
        picture(folder.resolve(name).resolve(i + ".png"), CLASSES.indexOf(name), i);
      }
    }
  }

  /** Writes a picture whose channel {@code 2 − label} is bright. */
  static Path picture(Path file, int label, long seed) throws IOException {
    var random = new SplittableRandom(label + 3 * seed);
    var picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        picture.setRGB(x, y, random.nextInt(0x1000000) & 0x7F7F7F | 0x80 << 8 * label);
      }
    }
    Files.createDirectories(file.getParent());
    ImageIO.write(picture, "png", file.toFile());
    return file;
  }

  /** Trains the tiny model on somebody's own images. */
  static Cli train(Path data, Path out, String... options) {
    List<String> command = new ArrayList<>(List.of("train", "--recipe", "own-images"));
    command.addAll(List.of("--data", data.toString(), "--out", out.toString()));
    List<String> given = List.of(options);
    if (given.stream().noneMatch(each -> each.startsWith("finetune="))) {
      TINY.forEach(set -> command.addAll(List.of("--set", set)));
    }
    if (given.stream().noneMatch(each -> each.startsWith("epochs="))) {
      command.addAll(List.of("--set", "epochs=2"));
    }
    command.addAll(given);
    return Cli.run(command.toArray());
  }
}
