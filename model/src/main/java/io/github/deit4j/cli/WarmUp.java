package io.github.deit4j.cli;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.DeiTFamily;
import io.github.deit4j.vit.ViTConfig;
import io.github.deit4j.vit.VisionTransformer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Warm-up of a short job. {@link #start} makes forward passes of one block of made-up numbers, on a
 * thread of its own, while the command line and the files are read: a new JVM runs code a hundred
 * times slower than it will, and so the image finds the code loaded and compiled. {@link #main}
 * predicts with a tiny random model, so that the JVM loads the classes that a prediction needs, of
 * which the launcher has an archive made. Changes no result.
 */
final class WarmUp {
  private static final int PASSES = 2;

  /** The sizes of DeiT-Ti, but for the depth and the classes. */
  private static final ViTConfig ONE_BLOCK =
      new ViTConfig(DeiTFamily.INSTANCE, 224, 16, 3, 10, 192, 1, 3, 768, true);

  private WarmUp() {}

  /** Starts; nobody has to wait for the end. */
  static void start() {
    Thread.ofPlatform().name("deit4j-warm-up").daemon().start(WarmUp::run);
  }

  private static void run() {
    try (Backend backend = Backends.selectForShortJob("cpu", 1, Precision.FP32).backend();
        VisionTransformer model = new VisionTransformer(backend, ONE_BLOCK, false, 0);
        TensorArena arena = backend.arena("warm-up")) {
      fill(model, backend);
      int size = ONE_BLOCK.imageSize();
      byte[] pixels = new byte[ONE_BLOCK.channels() * size * size];
      for (int pass = 0; pass < PASSES; pass++) {
        arena.reset();
        Tensor images = Preprocessing.imagenet(size).normalized(backend, arena, pixels, 1);
        model.forward(ForwardPass.evaluation(Ops.inference(backend, arena)), images);
      }
    }
  }

  /** Gives every parameter small numbers of both signs, so that no branch looks dead. */
  private static void fill(VisionTransformer model, Backend backend) {
    for (Parameter parameter : model.parameters()) {
      float[] numbers = new float[Math.toIntExact(parameter.value().elements())];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (i % 31 - 15) / 100f;
      }
      backend.write(parameter.value(), MemorySegment.ofArray(numbers));
    }
  }

  /**
   * Predicts once, for the archive.
   *
   * @param args none
   */
  public static void main(String[] args) throws IOException {
    start();
    Path folder = Files.createTempDirectory("deit4j-warm-up");
    Path model = folder.resolve("model.safetensors");
    Path image = folder.resolve("image.jpg");
    try {
      saveModel(model);
      ImageIO.write(new BufferedImage(64, 32, BufferedImage.TYPE_INT_RGB), "jpg", image.toFile());
      predict(model, image);
    } finally {
      Files.deleteIfExists(image);
      Files.deleteIfExists(model);
      Files.delete(folder);
    }
  }

  private static void saveModel(Path file) throws IOException {
    var config = new ViTConfig(DeiTFamily.INSTANCE, 32, 16, 3, 2, 32, 1, 1, 64, true);
    var preprocessing = Preprocessing.imagenet(32);
    List<String> names = List.of("class 0", "class 1");
    try (Backend backend = Backends.select("cpu", 0).backend();
        VisionTransformer model = new VisionTransformer(backend, config, false, 0)) {
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
