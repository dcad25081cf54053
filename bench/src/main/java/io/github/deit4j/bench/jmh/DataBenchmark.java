package io.github.deit4j.bench.jmh;

import io.github.deit4j.bench.cases.ImagePipeline;
import io.github.deit4j.data.Image;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A training image's way, one thread. The score is images per second. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class DataBenchmark {
  /** All, if none is named. */
  @Param public ImagePipeline.Step step;

  private final ImagePipeline pipeline = new ImagePipeline();

  /** One image. */
  @Benchmark
  public Image run() {
    return pipeline.run(step);
  }
}
