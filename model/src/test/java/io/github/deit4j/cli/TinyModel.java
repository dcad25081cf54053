package io.github.deit4j.cli;

import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.vit.DeiTFamily;
import io.github.deit4j.vit.ViTConfig;
import io.github.deit4j.vit.VisionTransformer;
import io.github.deit4j.weights.SafetensorsFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import javax.imageio.ImageIO;

/** Makes weight files of a model that takes no time, and images for it. */
final class TinyModel {
  static final int SIZE = 8;

  private TinyModel() {}

  static ViTConfig config(int channels, int classes, boolean distilled) {
    return new ViTConfig(DeiTFamily.INSTANCE, SIZE, 4, channels, classes, 16, 1, 1, 16, distilled);
  }

  /** Writes an untrained distilled model of grey images. */
  static Path save(Path file, List<String> classes) throws IOException {
    return save(file, classes, true);
  }

  static Path save(Path file, List<String> classes, boolean distilled) throws IOException {
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer model =
            new VisionTransformer(backend, config(1, classes.size(), distilled), false, 0)) {
      model.initialize(backend, 7);
      SavedModel.save(file, backend, model, info(model.config(), classes));
    }
    return file;
  }

  private static ModelInfo info(ViTConfig config, List<String> classes) {
    return new ModelInfo(
        config,
        classes,
        new Preprocessing(SIZE, 1, new FashionMnist().normalize(), 1, Interpolation.BILINEAR));
  }

  /** Writes a model of RGB images as others do, without metadata. */
  static Path saveWithoutMetadata(Path file, int classes) throws IOException {
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer model =
            new VisionTransformer(backend, config(3, classes, true), false, 0)) {
      model.initialize(backend, 7);
      SavedModel.writeTensors(file, backend, Map.of(), model.tensors());
    }
    return file;
  }

  /** Writes a model with one element of one tensor changed. */
  static Path saveWith(Path file, List<String> classes, String tensor, float value)
      throws IOException {
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer model =
            new VisionTransformer(backend, config(1, classes.size(), true), false, 0)) {
      model.initialize(backend, 7);
      Tensor changed = model.tensors().get(tensor);
      float[] values = Tensors.floats(backend, changed);
      values[0] = value;
      Tensors.write(backend, changed, values);
      SavedModel.save(file, backend, model, info(model.config(), classes));
    }
    return file;
  }

  /** Writes a model whose metadata claims another value of a key. */
  static Path saveClaiming(Path file, List<String> classes, String key, String value)
      throws IOException {
    Map<String, String> metadata;
    try (SafetensorsFile honest = SafetensorsFile.open(save(file, classes))) {
      metadata = new TreeMap<>(honest.metadata());
    }
    metadata.put(key, value);
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer model =
            new VisionTransformer(backend, config(1, classes.size(), true), false, 0)) {
      SavedModel.writeTensors(file, backend, metadata, model.tensors());
    }
    return file;
  }

  /** Writes a PNG file of random pixels, and its folder. */
  static Path png(Path file, int width, int height, long seed) throws IOException {
    Files.createDirectories(file.getParent());
    SplittableRandom random = new SplittableRandom(seed);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] pixels = random.ints((long) width * height).toArray();
    image.setRGB(0, 0, width, height, pixels, 0, width);
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  /** Writes a folder of images per class. */
  static Path folders(Path dir, List<String> classes, int imagesEach) throws IOException {
    for (String name : classes) {
      for (int i = 0; i < imagesEach; i++) {
        png(dir.resolve(name + "/" + i + ".png"), 9 + i, 12, Arrays.asList(name, i).hashCode());
      }
    }
    return dir;
  }
}
