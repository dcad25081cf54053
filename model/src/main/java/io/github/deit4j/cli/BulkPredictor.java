package io.github.deit4j.cli;

import io.github.deit4j.cli.ImageArguments.Found;
import io.github.deit4j.data.CorruptImageException;
import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.inference.Head;
import io.github.deit4j.inference.ImagePredictions;
import io.github.deit4j.modelfile.Preprocessing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Reads images in their order, some ahead of the model, and has the model say what they are,
 * several at a time. Decoding begins with the object, so that it goes on while the model is loaded;
 * in memory are two batches of images of the model's size.
 */
final class BulkPredictor implements AutoCloseable {
  private final Iterator<Found> images;
  private final Preprocessing preprocessing;
  private final int batch;
  private final ExecutorService threads;
  private final Deque<Next> ahead = new ArrayDeque<>();

  /** An image on its way. */
  private record Next(Path path, Future<Image> prepared) {}

  /** Who hears what came of the images, in their order. */
  interface Listener {
    /** Takes the predictions of some images that were read. */
    void predicted(List<ImagePredictions> images) throws IOException;

    /** Hears of an image without predictions, and why. */
    void failed(Path image, String reason) throws IOException;
  }

  /**
   * Starts to read.
   *
   * @param batch images of a forward pass
   */
  BulkPredictor(Iterator<Found> images, Preprocessing preprocessing, int batch, int threads) {
    this.images = images;
    this.preprocessing = preprocessing;
    this.batch = batch;
    this.threads =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("deit4j-decode-", 0).factory());
    try {
      fill();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void fill() {
    while (ahead.size() < 2 * batch && images.hasNext()) {
      Found found = images.next();
      Callable<Image> read =
          () -> {
            if (found.problem() != null) {
              throw new CorruptImageException(found.path().toString(), found.problem());
            }
            return read(found.path());
          };
      ahead.add(new Next(found.path(), threads.submit(read)));
    }
  }

  /** Returns an image as the model wants it. */
  private Image read(Path path) throws CorruptImageException {
    Image image = ImageDecoder.decode(path, preprocessing.decoding());
    preprocessing.evaluation().requireFits(path.toString(), image.height(), image.width());
    return preprocessing.prepare(image);
  }

  /** Predicts all images. */
  void run(Classifier.Session session, List<Head> heads, int top, Listener listener)
      throws IOException {
    List<Path> paths = new ArrayList<>();
    List<Image> prepared = new ArrayList<>();
    while (!ahead.isEmpty()) {
      Next next = ahead.remove();
      fill();
      try {
        prepared.add(image(next));
        paths.add(next.path());
      } catch (CorruptImageException e) {
        // Those before it first.
        classify(session, heads, top, paths, prepared, listener);
        listener.failed(next.path(), e.getMessage());
      }
      if (prepared.size() == batch || ahead.isEmpty()) {
        classify(session, heads, top, paths, prepared, listener);
      }
    }
  }

  private static void classify(
      Classifier.Session session,
      List<Head> heads,
      int top,
      List<Path> paths,
      List<Image> prepared,
      Listener listener)
      throws IOException {
    if (prepared.isEmpty()) {
      return;
    }
    List<Map<Head, List<Prediction>>> all = session.classifyPrepared(prepared, heads, top);
    List<ImagePredictions> good = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      String path = paths.get(i).toString();
      if (isFinite(all.get(i))) {
        good.add(new ImagePredictions(path, null, all.get(i)));
      } else {
        listener.failed(paths.get(i), path + ": the model gives no finite numbers for it");
      }
    }
    listener.predicted(good);
    paths.clear();
    prepared.clear();
  }

  private static boolean isFinite(Map<Head, List<Prediction>> predictions) {
    return predictions.values().stream()
        .flatMap(List::stream)
        .noneMatch(prediction -> Double.isNaN(prediction.probability()));
  }

  private static Image image(Next next) throws CorruptImageException {
    try {
      return next.prepared().get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case CorruptImageException corrupt -> throw corrupt;
        case Error error -> throw error;
        case Throwable other -> throw new IllegalStateException("an image's decoder failed", other);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while an image was decoded", e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
