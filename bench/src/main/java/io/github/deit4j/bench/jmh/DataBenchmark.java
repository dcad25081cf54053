package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.ImagePipeline;
import io.github.deit4j.data.Image;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The steps of {@link ImagePipeline}, one thread. The score is images per second. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class DataBenchmark {
  private final ImagePipeline pipeline = new ImagePipeline();

  /** See {@link ImagePipeline#decode}. */
  @Benchmark
  public Image decode() {
    return pipeline.decode();
  }

  /** See {@link ImagePipeline#randomResizedCrop}. */
  @Benchmark
  public Image randomResizedCrop() {
    return pipeline.randomResizedCrop();
  }

  /** See {@link ImagePipeline#randAugment}. */
  @Benchmark
  public Image randAugment() {
    return pipeline.randAugment();
  }

  /** See {@link ImagePipeline#augment}. */
  @Benchmark
  public Image augment() {
    return pipeline.augment();
  }

  /** See {@link ImagePipeline#decodeAndAugment}. */
  @Benchmark
  public Image decodeAndAugment() {
    return pipeline.decodeAndAugment();
  }
}
