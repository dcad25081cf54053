package io.github.deit4j.testing;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/** A small model with random weights, loaded from a file, and pictures for it. */
public final class ServedModel implements AutoCloseable {
  private final Path file;
  private final Backend backend;
  private final Classifier classifier;

  private ServedModel(Path file) throws IOException {
    this.file = file;
    this.backend = Backends.select("cpu", 2).backend();
    this.classifier = Classifier.load(file, backend);
  }

  /** Writes a distilled model of five classes, {@code thing 0} to {@code thing 4}, and loads it. */
  public static ServedModel distilled(Path folder) throws IOException {
    Path file = folder.resolve("tiny.safetensors");
    try (Backend backend = Backends.select("cpu", 1).backend();
        Model model = Models.random(backend, Models.DISTILLED, 5)) {
      save(file, backend, model);
    }
    return new ServedModel(file);
  }

  /** Writes a RegNetY, which has no attention, and loads it. */
  public static ServedModel regNet(Path folder) throws IOException {
    Path file = folder.resolve("regnet.safetensors");
    try (Backend backend = Backends.select("cpu", 1).backend();
        Model model = Models.regNet(backend, Models.REGNET, 5)) {
      save(file, backend, model);
    }
    return new ServedModel(file);
  }

  private static void save(Path file, Backend backend, Model model) throws IOException {
    ModelConfig config = model.config();
    List<String> names = IntStream.range(0, config.classes()).mapToObj(c -> "thing " + c).toList();
    ModelInfo info = new ModelInfo(config, names, Preprocessing.imagenet(config.imageSize()));
    SavedModel.save(file, backend, model, info);
  }

  public Path file() {
    return file;
  }

  public Classifier classifier() {
    return classifier;
  }

  /** Returns a PNG file of random pixels. */
  public static byte[] png(int width, int height, long seed) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] pixels = new SplittableRandom(seed).ints((long) width * height).toArray();
    image.setRGB(0, 0, width, height, pixels, 0, width);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  @Override
  public void close() {
    classifier.close();
    backend.close();
  }
}
