package io.github.deit4j.cli;

import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.data.transform.Normalize;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.vit.DeiT;
import io.github.deit4j.vit.DeiTConfig;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * Predicts with a tiny random model, so that the JVM loads the classes that a prediction needs. The
 * launcher has them archived ({@code -XX:ArchiveClassesAtExit}), for later JVMs to start sooner.
 */
final class StartupRehearsal {
  private static final int IMAGE_SIZE = 32;
  private static final int CLASSES = 2;

  private StartupRehearsal() {}

  /**
   * Starts the rehearsal.
   *
   * @param args none
   */
  public static void main(String[] args) throws IOException {
    ForwardRehearsal.start();
    Path folder = Files.createTempDirectory("deit4j-rehearsal");
    Path model = folder.resolve("model.safetensors");
    Path image = folder.resolve("image.jpg");
    try {
      saveModel(model);
      ImageIO.write(
          new BufferedImage(2 * IMAGE_SIZE, IMAGE_SIZE, BufferedImage.TYPE_INT_RGB),
          "jpg",
          image.toFile());
      predict(model, image);
    } finally {
      Files.deleteIfExists(image);
      Files.deleteIfExists(model);
      Files.delete(folder);
    }
  }

  private static void saveModel(Path file) throws IOException {
    var config = new DeiTConfig(IMAGE_SIZE, 16, 3, CLASSES, 32, 1, 1, 64, true);
    var preprocessing =
        new Preprocessing(IMAGE_SIZE, 3, Normalize.IMAGENET, 0.875, Interpolation.BICUBIC);
    List<String> names = IntStream.range(0, CLASSES).mapToObj(i -> "class " + i).toList();
    try (Backend backend = Backends.select("cpu", 0).backend();
        DeiT model = new DeiT(backend, config, false, 0)) {
      model.initialize(backend, 0);
      SavedModel.save(file, backend, model, new ModelInfo(config, names, preprocessing));
    }
  }

  private static void predict(Path model, Path image) {
    var nowhere = new PrintWriter(Writer.nullWriter());
    String[] command = {"predict", "--weights", model.toString(), image.toString()};
    Main.run(command, nowhere, nowhere);
  }
}
