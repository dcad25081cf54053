package io.github.deit4j.attack;

import io.github.deit4j.data.Image;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.inference.BatchingClassifier;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.testing.Models;
import io.github.deit4j.vit.VisionTransformer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One model asked by many threads at once about one image, half of them by batches. */
@Command(
    name = "crowd",
    description = "Asks one model on very many threads, and counts the different answers.",
    mixinStandardHelpOptions = true)
final class Crowd implements Callable<Integer> {
  @Option(
      names = "--threads",
      description = "with sessions of their own, and as many by batches (default: 64)")
  private int threads = 64;

  @Option(names = "--answers", description = "of all together (default: 100000)")
  private int wanted = 100_000;

  private final AtomicLong left = new AtomicLong();
  private final AtomicLong given = new AtomicLong();
  private final ConcurrentHashMap<List<Prediction>, Long> answers = new ConcurrentHashMap<>();

  /** Answers one question. */
  private interface Asked {
    List<Prediction> answer() throws Exception;
  }

  @Override
  public Integer call() throws Exception {
    Path weights = Files.createTempFile("crowd", ".safetensors");
    try (Backend backend = Backends.select("cpu", 2).backend()) {
      try (VisionTransformer model = Models.random(backend, Models.DISTILLED, 8)) {
        SavedModel.save(weights, backend, model, Models.info(Models.DISTILLED));
      }
      try (Classifier classifier = Classifier.load(weights, backend);
          BatchingClassifier batching = BatchingClassifier.builder(classifier).start()) {
        ask(classifier, batching);
      }
    } finally {
      Files.delete(weights);
    }
    System.out.printf(
        "%,d answers by %d threads with sessions and %d by batches: %d different%n",
        given.get(), threads, threads, answers.size());
    return answers.size() == 1 && given.get() == wanted ? 0 : 1;
  }

  private void ask(Classifier classifier, BatchingClassifier batching) throws Exception {
    byte[] pixels = new byte[3 * 40 * 30];
    new SplittableRandom(1).nextBytes(pixels);
    Image image = new Image(3, 40, 30, pixels);
    left.set(wanted);
    CyclicBarrier start = new CyclicBarrier(2 * threads);
    ExecutorService crowd = Executors.newFixedThreadPool(2 * threads);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        all.add(
            crowd.submit(
                () -> {
                  start.await();
                  try (Classifier.Session session = classifier.openSession()) {
                    askOn(() -> session.classify(image, 5));
                  }
                  return null;
                }));
        all.add(
            crowd.submit(
                () -> {
                  start.await();
                  askOn(() -> batching.classify(image, 5).get());
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    } finally {
      crowd.shutdownNow();
    }
  }

  private void askOn(Asked asked) throws Exception {
    while (left.getAndDecrement() > 0) {
      answers.merge(asked.answer(), 1L, Long::sum);
      given.incrementAndGet();
    }
  }
}
