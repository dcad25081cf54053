package com.example.shapes;

import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.inference.BatchingClassifier;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.session.Training;
import io.github.deit4j.train.Trainer.TrainingResult;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import javax.imageio.ImageIO;

/** Draws circles and squares, learns to tell them apart, and says which are which among new ones. */
public final class ShapeSorter {
  private static final List<String> SHAPES = List.of("circle", "square");
  private static final int SIDE = 48;
  private static final int TO_LEARN_FROM = 40;
  private static final int NEW = 5;

  private ShapeSorter() {}

  /** Does it all in the new folder that {@code args[0]} names. */
  public static void main(String[] args) throws Exception {
    System.setProperty("java.awt.headless", "true");
    Path folder = Path.of(args[0]);
    Path photos = folder.resolve("photos");
    draw(photos, 0, TO_LEARN_FROM);
    train(photos, folder.resolve("run"));

    List<Path> unseen = draw(folder.resolve("new"), TO_LEARN_FROM, NEW);
    Path weights = folder.resolve("run").resolve("model.safetensors");
    classify(weights, unseen.getFirst());
    long right =
        classifyTogether(weights, unseen).entrySet().stream()
            .filter(each -> each.getKey().getParent().endsWith(each.getValue().className()))
            .count();
    System.out.println(right + " of " + unseen.size() + " are right");
    boolean module = ShapeSorter.class.getModule().isNamed();
    System.out.println("on the " + (module ? "module" : "class") + " path");
  }

  private static void train(Path photos, Path run) throws IOException, InterruptedException {
    TrainingResult result =
        Training.on(photos)
            .set("image-size=32", "patch-size=8", "width=64", "depth=2", "heads=2", "epochs=20")
            .out(run)
            .run();
    System.out.println(result.step() + " steps, " + run.resolve("report.html"));
  }

  private static void classify(Path weights, Path picture) throws IOException {
    try (Backend backend = Backends.select("auto", 0).backend();
        Classifier classifier = Classifier.load(weights, backend);
        Classifier.Session session = classifier.openSession()) {
      Prediction best = session.classify(ImageDecoder.decode(picture), 1).getFirst();
      System.out.println(best.className() + " " + best.probability());
    }
  }

  private static Map<Path, Prediction> classifyTogether(Path weights, List<Path> pictures)
      throws IOException, InterruptedException, ExecutionException {
    Map<Path, Prediction> found = new LinkedHashMap<>();
    try (Backend backend = Backends.select("auto", 0).backend();
        Classifier classifier = Classifier.load(weights, backend);
        BatchingClassifier batching = BatchingClassifier.builder(classifier).start()) {
      Map<Path, CompletableFuture<List<Prediction>>> asked = new LinkedHashMap<>();
      for (Path picture : pictures) {
        asked.put(picture, batching.classify(ImageDecoder.decode(picture), 1));
      }
      for (Path picture : pictures) {
        found.put(picture, asked.get(picture).get().getFirst());
      }
    }
    return found;
  }

  /** Draws pictures with these numbers, always the same ones, in a folder for each shape. */
  private static List<Path> draw(Path folder, int first, int count) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String shape : SHAPES) {
      Files.createDirectories(folder.resolve(shape));
      for (int number = first; number < first + count; number++) {
        Path file = folder.resolve(shape).resolve(number + ".png");
        ImageIO.write(picture(shape, number), "png", file.toFile());
        files.add(file);
      }
    }
    return files;
  }

  private static BufferedImage picture(String shape, int number) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(number);
    boolean circle = shape.equals("circle");
    var picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setColor(Color.getHSBColor(random.nextFloat(), 0.2f, 0.3f));
    graphics.fillRect(0, 0, SIDE, SIDE);
    graphics.setColor(Color.getHSBColor(circle ? 0.1f : 0.6f, 0.7f, 0.9f));
    int size = random.nextInt(SIDE / 3, SIDE / 2);
    int left = random.nextInt(SIDE - size);
    int top = random.nextInt(SIDE - size);
    if (circle) {
      graphics.fillOval(left, top, size, size);
    } else {
      graphics.fillRect(left, top, size, size);
    }
    graphics.dispose();
    return picture;
  }
}
