package io.github.deit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.cuda.OnStandIn;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** RegNetY with {@code --backend cuda}, on the stand-in. */
@ExtendWith(OnStandIn.class)
class CudaTrainRegNetTest {
  @TempDir Path folder;

  private Cli train(Path recipe, String backend) {
    return Cli.run(
        "train",
        "--backend",
        backend,
        "--recipe",
        recipe,
        "--data",
        folder.resolve("data"),
        "--out",
        folder.resolve(backend),
        "--max-steps",
        "4");
  }

  private double loss(String backend) throws IOException {
    Path weights = folder.resolve("cpu/model.safetensors");
    Path data = folder.resolve("data");
    Cli result =
        Cli.run("evaluate", "--json", "--backend", backend, "--weights", weights, "--data", data);
    assertThat(result.code()).as(result.err()).isZero();
    return result.json().get("class").get("loss").asDouble();
  }

  /** Weights and running statistics stay together for as long as rounding is not blown up. */
  @Test
  void trainingGoesAsOnTheCpu() throws IOException {
    TinyTraining.in(folder);
    Path recipe = Files.writeString(folder.resolve("regnet.yaml"), TrainRegNetTest.RECIPE);
    for (String backend : List.of("cpu", "cuda")) {
      Cli result = train(recipe, backend);
      assertThat(result.code()).as(result.err()).isZero();
    }
    for (String file : List.of("model.safetensors", "model-ema.safetensors")) {
      try (var expected = SafetensorsFile.open(folder.resolve("cpu").resolve(file));
          var got = SafetensorsFile.open(folder.resolve("cuda").resolve(file))) {
        assertThat(got.names()).isEqualTo(expected.names());
        for (String tensor : expected.names()) {
          Golden.assertClose(tensor, got.floats(tensor), expected.floats(tensor), 1e-4, 1e-4);
        }
      }
    }
    assertThat(loss("cuda")).isCloseTo(loss("cpu"), within(1e-6));
  }
}
