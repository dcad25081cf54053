package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.cuda.CudaStandIn;
import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.golden.GoldenModel;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands with {@code --backend cuda}, on the stand-in. */
@ExtendWith(OnStandIn.class)
class CudaCommandsTest {
  /** CUDA_ERROR_OUT_OF_MEMORY. */
  private static final int OUT_OF_MEMORY = 2;

  @TempDir Path folder;

  private Cli train(TinyTraining training, String run, String backend, String... options) {
    List<String> command = training.command(run, options);
    command.set(command.indexOf("--backend") + 1, backend);
    return Cli.run(command.toArray());
  }

  /** Weights of small models stay together for as long as rounding has not been blown up. */
  @Test
  void trainingGoesAsOnTheCpu() throws IOException {
    TinyTraining training = TinyTraining.in(folder);
    for (String backend : List.of("cpu", "cuda")) {
      Cli result = train(training, backend, backend);
      assertThat(result.code()).as(result.err()).isZero();
    }
    for (String file : List.of("model.safetensors", "model-ema.safetensors")) {
      try (var expected = SafetensorsFile.open(training.out("cpu").resolve(file));
          var got = SafetensorsFile.open(training.out("cuda").resolve(file))) {
        assertThat(got.names()).isEqualTo(expected.names());
        for (String tensor : expected.names()) {
          Golden.assertClose(
              tensor,
              GoldenModel.withoutKeyBias(tensor, got.floats(tensor)),
              GoldenModel.withoutKeyBias(tensor, expected.floats(tensor)),
              1e-4,
              1e-4);
        }
      }
    }
  }

  @Test
  void trainingAgainGivesTheSameBits() throws IOException {
    TinyTraining training = TinyTraining.in(folder);
    for (String run : List.of("one", "two")) {
      Cli result = train(training, run, "cuda", "--precision", "bf16", "--max-steps", "2");
      assertThat(result.code()).as(result.err()).isZero();
    }
    assertThat(training.weights("one")).isEqualTo(training.weights("two"));
  }

  @Test
  void precisionIsPartOfTheRecipe() throws IOException {
    TinyTraining training = TinyTraining.in(folder);
    Cli first = train(training, "run", "cuda", "--precision", "bf16", "--max-steps", "1");
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(training.out("run").resolve("recipe.yaml")).content().contains("precision: bf16");
    Cli other = train(training, "run", "cuda", "--precision", "tf32", "--resume");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("precision", "bf16", "tf32");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp32", "tf32", "bf16"})
  void evaluatesAndPredicts(String precision) throws IOException {
    List<String> classes = List.of("bee", "cat");
    Path weights = TinyModel.save(folder.resolve("model.safetensors"), classes);
    Path images = TinyModel.folders(folder.resolve("data"), classes, 2);
    double tolerance = precision.equals("fp32") ? 1e-6 : 0.02;
    Object[] evaluate = {"evaluate", "--weights", weights, "--data", images, "--json"};
    double expected = loss(Cli.run(with(evaluate, "--backend", "cpu")));
    Object[] onCuda = with(evaluate, "--backend", "cuda:0", "--precision", precision);
    assertThat(loss(Cli.run(onCuda))).isCloseTo(expected, within(tolerance));

    Object[] predict = {"predict", "--weights", weights, "--json", images.resolve("bee/0.png")};
    double probability = probability(Cli.run(with(predict, "--backend", "cpu")));
    Object[] predictOnCuda = with(predict, "--backend", "cuda", "--precision", precision);
    assertThat(probability(Cli.run(predictOnCuda))).isCloseTo(probability, within(tolerance));
  }

  private static Object[] with(Object[] command, String... options) {
    Object[] all = new Object[command.length + options.length];
    System.arraycopy(command, 0, all, 0, command.length);
    System.arraycopy(options, 0, all, command.length, options.length);
    return all;
  }

  private static double loss(Cli result) throws IOException {
    assertThat(result.code()).as(result.err()).isZero();
    return result.json().get("class").get("loss").asDouble();
  }

  private static double probability(Cli result) throws IOException {
    assertThat(result.code()).as(result.err()).isZero();
    return result
        .json()
        .get("images")
        .items()
        .getFirst()
        .get("predictions")
        .items()
        .getFirst()
        .get("probability")
        .asDouble();
  }

  @Test
  void aSteadyStepAllocatesNothing() throws IOException {
    TinyTraining training = TinyTraining.in(folder);
    CudaStandIn standIn = CudaStandIn.require();
    List<Long> allocations = new ArrayList<>();
    for (String steps : List.of("1", "2")) {
      standIn.reset();
      Cli result = train(training, "steps " + steps, "cuda", "--max-steps", steps);
      assertThat(result.code()).as(result.err()).isZero();
      allocations.add(standIn.calls("cuMemAlloc_v2") + standIn.calls("cuMemAllocHost_v2"));
    }
    assertThat(allocations.get(0)).isPositive();
    assertThat(allocations.get(1)).isEqualTo(allocations.get(0));
  }

  /** Every allocation of a run fails once; the run ends with exit 69 and leaves nothing behind. */
  @ParameterizedTest
  @ValueSource(strings = {"cuMemAlloc_v2", "cuMemAllocHost_v2"})
  void memoryThatRunsOutIsReportedAndNothingLeaks(String function) throws IOException {
    TinyTraining training = TinyTraining.in(folder);
    CudaStandIn standIn = CudaStandIn.require();
    int arenas = TensorArena.open();
    boolean failed = true;
    for (int call = 1; failed; call++) {
      standIn.failAt(function, call, OUT_OF_MEMORY);
      Cli result =
          train(training, "run " + call, "cuda", "--max-steps", "1", "--set", "accumulate=1");
      failed = result.code() != 0;
      assertThat(call).as("calls until nothing fails").isLessThan(100);
      if (failed) {
        assertThat(result.code()).as(result.err()).isEqualTo(69);
        assertThat(result.err()).contains("cuda:0: ", " bytes");
      }
      standIn.requireNothingLive();
      assertThat(TensorArena.open()).as("arenas after call %d failed", call).isEqualTo(arenas);
      standIn.reset();
    }
    assertThat(train(training, "on the CPU", "cpu", "--max-steps", "1").code()).isZero();
  }

  @Test
  void aDeviceThatIsNotThereIsExit69() throws IOException {
    Path weights = TinyModel.save(folder.resolve("model.safetensors"), List.of("bee", "cat"));
    Cli result = Cli.run("predict", "--weights", weights, "--backend", "cuda:3", "image.png");
    assertThat(result.code()).isEqualTo(69);
    assertThat(result.err()).contains("cuda:3", "expected cuda:0");
  }
}
