package io.github.deit4j.example;

import io.github.deit4j.data.Image;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.Classifier.Prediction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How many threads share a model: the weights are loaded once, and every request thread has a
 * session of its own. Requests never wait for each other: one of them may use the backend's team of
 * threads, the others compute on their own thread meanwhile, with the same result.
 */
public final class SharedClassifier implements AutoCloseable {
  private final Backend backend;
  private final Classifier classifier;
  private final ExecutorService requests;
  private final List<Classifier.Session> sessions = new ArrayList<>();
  private final ThreadLocal<Classifier.Session> session;

  /**
   * Loads the model.
   *
   * @param weights a model.safetensors as training writes it
   * @param threads how many requests are served at the same time
   */
  public SharedClassifier(Path weights, int threads) throws IOException {
    backend = Backends.select("auto", 0).backend();
    classifier = Classifier.load(weights, backend);
    requests = Executors.newFixedThreadPool(threads);
    session = ThreadLocal.withInitial(this::openSession);
  }

  private Classifier.Session openSession() {
    Classifier.Session opened = classifier.openSession();
    synchronized (sessions) {
      sessions.add(opened);
    }
    return opened;
  }

  /** Classifies images as they would come in from different clients. */
  public List<Prediction> classify(List<Image> images)
      throws InterruptedException, ExecutionException {
    List<Callable<Prediction>> calls = new ArrayList<>();
    for (Image image : images) {
      calls.add(() -> session.get().classify(image, 1).getFirst());
    }
    List<Prediction> predictions = new ArrayList<>();
    for (Future<Prediction> answer : requests.invokeAll(calls)) {
      predictions.add(answer.get());
    }
    return predictions;
  }

  @Override
  public void close() {
    requests.close();
    sessions.forEach(Classifier.Session::close);
    classifier.close();
    backend.close();
  }
}
