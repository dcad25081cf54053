package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.golden.GoldenModel;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.op.PixelOps.Box;
import io.github.deit4j.op.PixelOps.ImageMix;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class MixupGoldenTest {
  private static final String ITEM = "07-mixup/";

  @TestFactory
  Stream<DynamicTest> mixesImagesAndTargets() throws IOException {
    JsonValue table = Golden.json(ITEM + "cases.json");
    List<JsonValue> cases = table.get("cases").items();
    assertThat(cases).isNotEmpty();
    return cases.stream()
        .map(json -> DynamicTest.dynamicTest(name(json), () -> assertCase(table, json)));
  }

  private static String name(JsonValue json) {
    try {
      return json.get("case").asString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertCase(JsonValue table, JsonValue json) throws IOException {
    Mixup.Draw draw = draw(table, json);
    try (Backend backend = Backends.select("cpu", 2).backend();
        TensorArena arena = backend.arena("test", Long.MAX_VALUE);
        SafetensorsFile file = Golden.open(ITEM + "mixup.safetensors")) {
      Tensor images = GoldenModel.tensor(backend, arena, file, "input");
      Tensor partners = GoldenModel.tensor(backend, arena, file, "input");
      int batch = images.shape().size(0);
      backend.pixels().mix(images, partners, Collections.nCopies(batch, draw.pixels()));
      String output = json.get("output").asString();
      boolean cut = json.get("kind").asString().equals("cutmix");
      double tolerance = cut ? 0 : 1e-6;
      Golden.assertClose(
          output, Tensors.floats(backend, images), file.floats(output), tolerance, tolerance);

      double[] lambdas = new double[batch];
      Arrays.fill(lambdas, draw.lambda());
      int[] labels = GoldenModel.labels(file, "labels");
      int[] others = new int[batch];
      Arrays.setAll(others, i -> labels[batch - 1 - i]);
      Tensor targets =
          Targets.mixed(
              backend,
              arena,
              labels,
              others,
              lambdas,
              table.get("num_classes").asInt(),
              json.get("smoothing").asDouble(),
              null);
      String wanted = json.get("targets").asString();
      Golden.assertClose(wanted, Tensors.floats(backend, targets), file.floats(wanted), 1e-6, 1e-6);
    }
  }

  private static Mixup.Draw draw(JsonValue table, JsonValue json) throws IOException {
    if (json.get("kind").asString().equals("mixup")) {
      double lambda = json.get("lam").asDouble();
      return new Mixup.Draw(ImageMix.mixup(lambda), lambda);
    }
    int height = table.get("height").asInt();
    int width = table.get("width").asInt();
    Box box =
        Mixup.boxAround(
            json.get("lam_drawn").asDouble(),
            json.get("center_y").asInt(),
            json.get("center_x").asInt(),
            height,
            width);
    JsonValue wanted = json.get("bbox");
    assertThat(
            new int[] {box.top(), box.top() + box.height(), box.left(), box.left() + box.width()})
        .containsExactly(
            wanted.get("y_low").asInt(),
            wanted.get("y_high").asInt(),
            wanted.get("x_low").asInt(),
            wanted.get("x_high").asInt());
    Mixup.Draw draw = Mixup.cutMix(box, height, width);
    assertThat(draw.lambda()).isCloseTo(json.get("lam_corrected").asDouble(), within(1e-12));
    return draw;
  }
}
