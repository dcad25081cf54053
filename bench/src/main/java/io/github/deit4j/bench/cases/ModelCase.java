package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Bench.Entrant;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.bench.measure.Measurement.Round.Memory;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.tensor.TensorArena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What a model does with a batch.
 *
 * @param section {@link Section#INFERENCE} or {@link Section#TRAIN_STEP}
 */
public record ModelCase(String model, Section section, int batch) {
  /** Models of so many parameters and more, such as DeiT-B, train with smaller batches. */
  private static final long LARGE_MODEL = 80_000_000;

  /** Below so many rows and columns batches are larger. */
  private static final int SMALL_IMAGE = 64;

  /** Returns the cases of the table. */
  public static List<ModelCase> all(
      List<String> models, List<Section> sections, List<Integer> batches) {
    List<ModelCase> cases = new ArrayList<>();
    for (Section section : sections) {
      for (String model : models) {
        for (int batch : batches.isEmpty() ? usual(section, model) : batches) {
          cases.add(new ModelCase(model, section, batch));
        }
      }
    }
    return cases;
  }

  private static List<Integer> usual(Section section, String model) {
    ModelConfig config = BenchmarkModels.config(model);
    if (config.imageSize() < SMALL_IMAGE) {
      return List.of(64);
    }
    if (section == Section.INFERENCE) {
      return List.of(1, 8, 32);
    }
    return config.parameterCount() >= LARGE_MODEL ? List.of(8) : List.of(8, 32);
  }

  public ModelConfig config() {
    return BenchmarkModels.config(model);
  }

  public Cell cell(Contestant contestant, int threads) {
    return contestant.cell(section, model, null, batch, shape(), threads);
  }

  public List<Integer> shape() {
    ModelConfig config = config();
    return List.of(batch, config.channels(), config.imageSize(), config.imageSize());
  }

  public Workload open(Backend backend) {
    return section == Section.INFERENCE
        ? new ModelWorkload.Inference(backend, config(), batch)
        : new ModelWorkload.TrainStep(backend, config(), batch);
  }

  /** Returns the operations of the products and convolutions. */
  public double flop() {
    ModelConfig.Flop image = config().flop();
    return batch * (section == Section.INFERENCE ? image.forward() : image.trainStep());
  }

  /**
   * Measures those contestants that can take part, in turns. Each one first shows that it computes
   * what the first does.
   *
   * @param peers the folder of the peers
   * @param notes hears how the peers are configured
   * @param absent is told who cannot take part, and why; may throw it again
   */
  public List<Measurement> measure(
      Bench bench,
      List<Contestant> contestants,
      Path peers,
      Consumer<String> notes,
      BiConsumer<Contestant, RuntimeException> absent) {
    try (Entrants entrants = new Entrants(this, bench)) {
      for (Contestant contestant : contestants) {
        try {
          if (contestant.isPeer()) {
            entrants.addPeer(contestant, peers, notes);
          } else {
            entrants.addBackend(contestant);
          }
        } catch (OutOfMemoryError e) {
          absent.accept(contestant, new IllegalStateException("no memory", e));
        } catch (RuntimeException e) {
          absent.accept(contestant, e);
        }
      }
      return entrants.ready.isEmpty() ? List.of() : bench.contest(entrants.ready);
    }
  }

  private static final class Entrants implements AutoCloseable {
    private final ModelCase model;
    private final Bench bench;
    private final List<Entrant> ready = new ArrayList<>();
    private final List<Runnable> closers = new ArrayList<>();
    private float[] expected;

    Entrants(ModelCase model, Bench bench) {
      this.model = model;
      this.bench = bench;
    }

    void addBackend(Contestant contestant) {
      Backend backend = contestant.open(bench.threads());
      closers.add(backend::close);
      long before = TensorArena.openBytes();
      Workload workload = model.open(backend);
      closers.add(workload::close);
      float[] numbers = workload.check();
      expected = expected == null ? numbers : expected;
      Memory memory = new Memory(TensorArena.openBytes() - before, Memory.Kind.TENSORS);
      add(contestant, Contender.of(workload), () -> memory);
    }

    void addPeer(Contestant contestant, Path folder, Consumer<String> notes) {
      Peer process = Peer.start(contestant, folder, model, bench.threads());
      closers.add(process::close);
      notes.accept(contestant + ": " + process.configuration());
      if (expected != null) {
        if (ready.getFirst().cell().precision() == Precision.FP32) {
          Peer.requireSame(contestant.backend(), expected, process.check());
        } else {
          Peer.requireAlmostSame(contestant.backend(), expected, process.check());
        }
      }
      add(contestant, process, process::peakMemory);
    }

    private void add(Contestant who, Contender contender, Supplier<Memory> memory) {
      Cell cell = model.cell(who, bench.threads());
      ready.add(new Entrant(cell, new Cost(model.flop(), 0), contender, memory));
    }

    @Override
    public void close() {
      closers.reversed().forEach(Runnable::run);
    }
  }
}
