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
import io.github.deit4j.recipe.ImageSettings.MixupMode;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.testing.Tensors;
import io.github.deit4j.weights.SafetensorsFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Golden item 15: mixing where a group, a pair or an image has a draw of its own. */
class MixupGroupsGoldenTest {
  private static final String FOLDER = "15-mixup-groups/";
  private static final String TENSORS = FOLDER + "mixup-groups.safetensors";

  @TestFactory
  List<DynamicNode> cases() throws IOException {
    var nodes = new ArrayList<DynamicNode>();
    JsonValue table = Golden.json(FOLDER + "cases.json");
    for (JsonValue json : table.get("cases").items()) {
      var tests = new ArrayList<DynamicTest>();
      Case mixing = Case.of(table, json);
      tests.add(DynamicTest.dynamicTest("partners", mixing::assertPartners));
      tests.add(DynamicTest.dynamicTest("who shares a draw", mixing::assertSharing));
      tests.add(DynamicTest.dynamicTest("boxes and shares", mixing::assertDraws));
      if (Golden.listed(TENSORS)) {
        tests.add(DynamicTest.dynamicTest("pixels", mixing::assertPixels));
        tests.add(DynamicTest.dynamicTest("targets", mixing::assertTargets));
      }
      nodes.add(DynamicContainer.dynamicContainer(json.get("case").asString(), tests));
    }
    assertThat(nodes).as("cases of golden item 15").isNotEmpty();
    return nodes;
  }

  /**
   * A case of the table.
   *
   * @param mixup as a recipe would have it
   * @param draws of every image, worked out from the table's draws
   */
  private record Case(JsonValue table, JsonValue json, Mixup mixup, List<Mixup.Draw> draws) {
    static Case of(JsonValue table, JsonValue json) throws IOException {
      Mixup.Draw[] draws = new Mixup.Draw[table.get("batch").asInt()];
      for (JsonValue row : json.get("draws").items()) {
        for (int image : row.get("images").asInts()) {
          draws[image] = draw(table, row);
        }
      }
      return new Case(table, json, mixup(json), List.of(draws));
    }

    private static Mixup mixup(JsonValue json) throws IOException {
      String mode = json.get("mode").asString();
      int group = mode.equals("group") ? json.get("group_size").asInt() : 0;
      MixupMode sharing =
          switch (mode) {
            case "batch", "group" -> MixupMode.BATCH;
            case "pair" -> MixupMode.PAIR;
            case "elem" -> MixupMode.ELEM;
            default -> throw new AssertionError("unknown mode " + mode);
          };
      return new Mixup(0.8, 0, 1, 0.5, sharing, group, 0, 0); // two of whose draws are never equal
    }

    private static Mixup.Draw draw(JsonValue table, JsonValue row) throws IOException {
      double lambda = row.get("lam_drawn").asDouble();
      return switch (row.get("kind").asString()) {
        case "none" -> Mixup.Draw.NONE;
        case "mixup" -> new Mixup.Draw(ImageMix.mixup(lambda), lambda);
        case "cutmix" -> {
          int height = table.get("height").asInt();
          int width = table.get("width").asInt();
          int row0 = row.get("center_y").asInt();
          int column0 = row.get("center_x").asInt();
          yield Mixup.cutMix(Mixup.boxAround(lambda, row0, column0, height, width), height, width);
        }
        default -> throw new AssertionError("unknown kind in " + row);
      };
    }

    private int batch() {
      return draws.size();
    }

    void assertPartners() throws IOException {
      for (JsonValue image : json.get("images").items()) {
        assertThat(mixup.partner(image.get("index").asInt(), batch()))
            .isEqualTo(image.get("partner").asInt());
      }
    }

    /** Our own draws are equal for just those images that have one draw in the table. */
    void assertSharing() throws IOException {
      int[] owners = new int[batch()];
      for (JsonValue row : json.get("draws").items()) {
        int[] images = row.get("images").asInts();
        for (int image : images) {
          owners[image] = images[0];
        }
      }
      List<Mixup.Draw> own =
          mixup.draw(3, 0, 0, batch(), table.get("height").asInt(), table.get("width").asInt());
      for (int i = 0; i < batch(); i++) {
        assertThat(own.indexOf(own.get(i))).as("first with the draw of %d", i).isEqualTo(owners[i]);
      }
    }

    void assertDraws() throws IOException {
      for (JsonValue image : json.get("images").items()) {
        Mixup.Draw draw = draws.get(image.get("index").asInt());
        assertThat(draw.lambda()).isCloseTo(image.get("lam_corrected").asDouble(), within(1e-12));
        if (image.has("bbox")) {
          Box box = draw.pixels().box();
          JsonValue wanted = image.get("bbox");
          assertThat(new int[] {box.top(), box.top() + box.height()})
              .containsExactly(wanted.get("y_low").asInt(), wanted.get("y_high").asInt());
          assertThat(new int[] {box.left(), box.left() + box.width()})
              .containsExactly(wanted.get("x_low").asInt(), wanted.get("x_high").asInt());
        }
      }
    }

    /** Mixes group after group, as training does. */
    void assertPixels() throws IOException {
      try (Backend backend = Backends.select("cpu", 2).backend();
          TensorArena arena = backend.arena("test", Long.MAX_VALUE);
          SafetensorsFile file = Golden.open(TENSORS)) {
        Tensor images = GoldenModel.tensor(backend, arena, file, "input");
        Tensor partners = GoldenModel.tensor(backend, arena, file, "input");
        List<ImageMix> mixes = draws.stream().map(Mixup.Draw::pixels).toList();
        int end;
        for (int start = 0; start < batch(); start = end) {
          end = mixup.groupEnd(start, batch());
          backend
              .pixels()
              .mix(images.slice(start, end), partners.slice(start, end), mixes.subList(start, end));
        }
        String output = json.get("output").asString();
        float[] got = Tensors.floats(backend, images);
        float[] expected = file.floats(output);
        Golden.assertClose(output, got, expected, 1e-6, 1e-6);
        int size = got.length / batch();
        for (int i = 0; i < batch(); i++) {
          if (mixes.get(i).other() == 0) { // nothing is multiplied
            assertThat(Arrays.copyOfRange(got, i * size, (i + 1) * size))
                .as("image %d", i)
                .containsExactly(Arrays.copyOfRange(expected, i * size, (i + 1) * size));
          }
        }
      }
    }

    void assertTargets() throws IOException {
      try (Backend backend = Backends.select("cpu", 2).backend();
          TensorArena arena = backend.arena("test", Long.MAX_VALUE);
          SafetensorsFile file = Golden.open(TENSORS)) {
        int[] labels = GoldenModel.labels(file, "labels");
        int[] others = new int[batch()];
        Arrays.setAll(others, i -> labels[mixup.partner(i, batch())]);
        double[] lambdas = draws.stream().mapToDouble(Mixup.Draw::lambda).toArray();
        int classes = table.get("num_classes").asInt();
        double smoothing = json.get("smoothing").asDouble();
        Tensor targets =
            Targets.mixed(backend, arena, labels, others, lambdas, classes, smoothing, null);
        String wanted = json.get("targets").asString();
        Golden.assertClose(
            wanted, Tensors.floats(backend, targets), file.floats(wanted), 1e-6, 1e-6);
      }
    }
  }
}
