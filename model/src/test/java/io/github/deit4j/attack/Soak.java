package io.github.deit4j.attack;

import io.github.deit4j.data.Image;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.inference.BatchingClassifier;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Models;
import io.github.deit4j.testing.ResidentMemory;
import io.github.deit4j.vit.VisionTransformer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Threads that load models, ask them and close them, for hours. Memory has to stay where it was
 * after the first quarter of the time, and every answer has to be the same.
 */
@Command(
    name = "soak",
    description = "Loads, asks and closes models on many threads, and looks at memory.",
    mixinStandardHelpOptions = true)
final class Soak implements Callable<Integer> {
  private static final int ANSWERS_OF_A_MODEL = 50;
  private static final long MOST_GROWTH = 16 << 20;
  private static final double MEBI = 1048576.0;

  @Option(names = "--minutes", description = "how long (default: ${DEFAULT-VALUE})")
  private double minutes = 120;

  @Option(names = "--threads", description = "how many ask (default: ${DEFAULT-VALUE})")
  private int threads = 8;

  @Option(
      names = "--every",
      description = "seconds from one look at memory to the next (default: ${DEFAULT-VALUE})")
  private int every = 60;

  private final AtomicLong answers = new AtomicLong();
  private final AtomicLong models = new AtomicLong();
  private final AtomicBoolean over = new AtomicBoolean();
  private Backend backend;
  private Path weights;
  private Image image;
  private List<Prediction> expected;

  /** What there is at a moment. */
  private record Look(long resident, long heap, int arenas, long arenaBytes, int files, int live) {
    static Look now() throws IOException {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      return new Look(
          ResidentMemory.bytes(),
          runtime.totalMemory() - runtime.freeMemory(),
          TensorArena.open(),
          TensorArena.openBytes(),
          openFiles(),
          ManagementFactory.getThreadMXBean().getThreadCount());
    }

    private static int openFiles() throws IOException {
      Path open = Path.of("/proc/self/fd");
      if (!Files.isDirectory(open)) {
        return 0;
      }
      try (Stream<Path> entries = Files.list(open)) {
        return (int) entries.count();
      }
    }
  }

  /** Does something with models until time is over, in whole rounds. */
  private interface Work {
    void round() throws Exception;
  }

  @Override
  public Integer call() throws Exception {
    weights = Files.createTempFile("soak", ".safetensors");
    try (Backend cpu = Backends.select("cpu", 1).backend()) {
      backend = cpu;
      prepare();
      return soak() ? 0 : 1;
    } finally {
      Files.delete(weights);
    }
  }

  private void prepare() throws Exception {
    try (VisionTransformer model = Models.random(backend, Models.DISTILLED, 8)) {
      SavedModel.save(weights, backend, model, Models.info(Models.DISTILLED));
    }
    byte[] pixels = new byte[3 * 40 * 30];
    var random = new SplittableRandom(1);
    random.nextBytes(pixels);
    image = new Image(3, 40, 30, pixels);
    try (Classifier classifier = Classifier.load(weights, backend);
        Classifier.Session session = classifier.openSession()) {
      expected = session.classify(image, 5);
    }
  }

  private boolean soak() throws Exception {
    long end = System.nanoTime() + Math.round(minutes * 60e9);
    List<Look> looks = new ArrayList<>();
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> works = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Work work = i % 2 == 0 ? this::askSessions : this::askTogether;
        works.add(workers.submit(() -> repeat(work)));
      }
      while (System.nanoTime() < end && works.stream().noneMatch(Future::isDone)) {
        Thread.sleep(Math.min(every * 1000L, 1 + (end - System.nanoTime()) / 1_000_000));
        looks.add(Look.now());
        print(looks.size(), looks.getLast());
      }
      over.set(true);
      for (Future<?> work : works) {
        work.get();
      }
    } finally {
      over.set(true);
      workers.shutdownNow();
    }
    return verdict(looks);
  }

  private Void repeat(Work work) throws Exception {
    while (!over.get()) {
      work.round();
    }
    return null;
  }

  private void askSessions() throws Exception {
    try (Classifier classifier = Classifier.load(weights, backend);
        Classifier.Session session = classifier.openSession()) {
      for (int i = 0; i < ANSWERS_OF_A_MODEL; i++) {
        check(session.classify(image, 5));
      }
    }
    models.incrementAndGet();
  }

  private void askTogether() throws Exception {
    try (Classifier classifier = Classifier.load(weights, backend);
        BatchingClassifier batching = BatchingClassifier.builder(classifier).maxBatch(4).start()) {
      for (int i = 0; i < ANSWERS_OF_A_MODEL; i++) {
        check(batching.classify(image, 5).get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("no answer", e);
    }
    models.incrementAndGet();
  }

  private void check(List<Prediction> found) {
    answers.incrementAndGet();
    if (!found.equals(expected)) {
      throw new AssertionError("expected " + expected + ", found " + found);
    }
  }

  private void print(int number, Look look) {
    System.out.printf(
        Locale.ROOT,
        "%4d: %,12d answers of %,9d models; resident %6.1f MiB, heap %5.1f MiB,"
            + " %d arenas of %5.1f MiB, %d files, %d threads%n",
        number,
        answers.get(),
        models.get(),
        look.resident / MEBI,
        look.heap / MEBI,
        look.arenas,
        look.arenaBytes / MEBI,
        look.files,
        look.live);
  }

  /**
   * Compares the means of the second and the last quarter. Afterwards no arena but the backend's
   * may be open.
   */
  private boolean verdict(List<Look> looks) throws IOException {
    int quarter = looks.size() / 4;
    if (quarter == 0) {
      System.out.println("too short for a verdict: at least four looks are needed");
      return false;
    }
    double[] resident = looks.stream().mapToDouble(Look::resident).toArray();
    double[] heap = looks.stream().mapToDouble(Look::heap).toArray();
    double residentGrowth = growth(resident, quarter);
    double heapGrowth = growth(heap, quarter);
    Look end = Look.now();
    boolean flat = Math.max(residentGrowth, heapGrowth) < MOST_GROWTH && end.arenas == 0;
    System.out.printf(
        Locale.ROOT,
        "%s: from the second to the last quarter resident memory grew by %.1f MiB, the heap by"
            + " %.1f MiB; %d arenas are open at the end; all answers the same%n",
        flat ? "flat" : "NOT FLAT",
        residentGrowth / MEBI,
        heapGrowth / MEBI,
        end.arenas);
    return flat;
  }

  private static double growth(double[] values, int quarter) {
    return mean(values, values.length - quarter, quarter) - mean(values, quarter, quarter);
  }

  private static double mean(double[] values, int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += values[i];
    }
    return sum / count;
  }
}
