package io.github.deit4j.bench.jmh;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Tape;
import io.github.deit4j.backend.Backend;
import io.github.deit4j.backend.Backends;
import io.github.deit4j.distill.DistillationLoss;
import io.github.deit4j.nn.DropPath;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.regnet.RegNet;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.regnet.RegNetDesign;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.AdamW;
import io.github.deit4j.train.Gradients;
import io.github.deit4j.train.ParameterGroups;
import io.github.deit4j.train.Targets;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * RegNetY on a batch that is already there: inference, and optimizer steps. The image size of 28 is
 * the small-image variant: one channel, ten classes, a stem of stride 1.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--add-modules=jdk.incubator.vector",
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow",
      "-XX:+UseSerialGC"
    })
public class RegNetBenchmark {
  private static final int SMALL = 28;
  private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.999, 1e-8, 0.05);

  /** Registered model. */
  @Param("regnety_002")
  public String model;

  /** Rows and columns of an image. */
  @Param({"224", "28"})
  public int imageSize;

  /** Images of a batch. */
  @Param("16")
  public int batch;

  /** What {@code Backends} knows. */
  @Param("cpu")
  public String backend;

  /** Threads that share an op. */
  @Param("2")
  public int threads;

  private Backend ops;
  private TensorArena arena;
  private TensorArena stepArena;
  private RegNet network;
  private Gradients gradients;
  private AdamW optimizer;
  private Tensor images;
  private Tensor targets;
  private int step;

  /** Starts the backend and makes model and images. */
  @Setup
  public void open() {
    boolean small = imageSize == SMALL;
    RegNetConfig config =
        RegNetDesign.named(model)
            .config(imageSize, small ? 1 : 3, small ? 10 : 1000, small ? 1 : 2);
    ops = Backends.select(backend, threads).backend();
    arena = ops.arena("benchmark", Long.MAX_VALUE);
    stepArena = ops.arena("step", Long.MAX_VALUE);
    network = new RegNet(ops, config, true, 0);
    network.initialize(ops, 0);
    gradients = new Gradients(ops, network.parameters());
    optimizer = new AdamW(ops, arena, ParameterGroups.of(network.parameters(), true), SETTINGS);
    images = arena.allocate(batch, config.channels(), imageSize, imageSize);
    var random = new SplittableRandom(20_120_012);
    float[] pixels = new float[Math.toIntExact(images.elements())];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = 2 * random.nextFloat() - 1;
    }
    ops.write(images, MemorySegment.ofArray(pixels));
    targets = Targets.of(ops, arena, new int[batch], config.classes(), 0.1);
  }

  /** Frees everything. */
  @TearDown
  public void close() {
    network.close();
    stepArena.close();
    arena.close();
    ops.close();
  }

  /** One optimizer step. */
  @Benchmark
  public void train(Images done) {
    stepArena.reset();
    gradients.clear();
    Tape tape = new Tape(ops, stepArena);
    Ops recording = Ops.recording(ops, stepArena, tape);
    ForwardPass pass = ForwardPass.training(recording, new DropPath(0, step, 0));
    Logits logits = network.forward(pass, images);
    DistillationLoss.NONE.compute(ops, stepArena, tape, logits, targets, null, batch);
    tape.backward();
    step++;
    optimizer.step(step, 5e-4, 1);
    done.images += batch;
  }

  /** One forward pass of evaluation. */
  @Benchmark
  public void infer(Images done) {
    stepArena.reset();
    network.forward(ForwardPass.evaluation(Ops.inference(ops, stepArena)), images);
    done.images += batch;
  }
}
