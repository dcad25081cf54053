package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.data.transform.Affine.Sampling;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.json.JsonValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class RandAugmentGoldenTest {
  private static final String ITEM = "09-randaugment/";

  private static JsonValue cases() throws IOException {
    return Golden.json(ITEM + "cases.json");
  }

  @TestFactory
  Stream<DynamicTest> operationsGiveTheReferencesPixels() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonValue json : cases().get("cases").items()) {
      String output = ITEM + json.get("output").asString();
      if (Golden.listed(output)) {
        tests.add(DynamicTest.dynamicTest(output, () -> assertPixels(json, output)));
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private static void assertPixels(JsonValue json, String output) throws IOException {
    ImageOp op = op(json.get("op").asString());
    double[] arguments = json.has("args") ? json.get("args").asDoubles() : new double[0];
    double argument = arguments.length == 0 ? 0 : arguments[0];
    if (json.has("level") && arguments.length > 0) {
      int sign = json.has("sign") ? json.get("sign").asInt() : 1;
      double ours = op.argument(json.get("level").asDouble(), sign);
      assertThat(ours).as("argument").isCloseTo(argument, within(1e-12));
    }
    Image input = decode(ITEM + json.get("input").asString());
    Image found = op.apply(input, argument, sampling(json));
    Image expected = decode(output);
    assertThat(found.shapeText()).isEqualTo(expected.shapeText());
    assertThat(found.pixels()).isEqualTo(expected.pixels());
  }

  private static Sampling sampling(JsonValue json) throws IOException {
    if (!json.has("resample")) {
      return Sampling.of(Interpolation.BICUBIC);
    }
    int[] fill = json.get("fill").asInts();
    String filter = json.get("resample").asString().toUpperCase(Locale.ROOT);
    return new Sampling(Interpolation.valueOf(filter), fill[0], fill[1], fill[2]);
  }

  @TestFactory
  Stream<DynamicTest> levelsGiveTheReferencesArguments() throws IOException {
    JsonValue table = cases().get("level_to_argument");
    List<DynamicTest> tests = new ArrayList<>();
    for (String name : table.keys()) {
      for (JsonValue row : table.get(name).items()) {
        double level = row.get("level").asDouble();
        tests.add(DynamicTest.dynamicTest(name + " at " + level, () -> assertArgument(name, row)));
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private static void assertArgument(String name, JsonValue row) throws IOException {
    double level = row.get("level").asDouble();
    String plus = row.has("arg_plus") ? "arg_plus" : "arg";
    assertThat(op(name).argument(level, 1)).isCloseTo(row.get(plus).asDouble(), within(1e-12));
    if (row.has("arg_minus")) {
      double minus = row.get("arg_minus").asDouble();
      assertThat(op(name).argument(level, -1)).isCloseTo(minus, within(1e-12));
    }
  }

  @TestFactory
  Stream<DynamicTest> operationsAreThoseOfTheIncreasingSet() throws IOException {
    List<ImageOp> expected = new ArrayList<>();
    for (JsonValue name : cases().get("ops").items()) {
      expected.add(op(name.asString()));
    }
    return Stream.of(
        DynamicTest.dynamicTest(
            "set", () -> assertThat(ImageOp.INCREASING).containsExactlyElementsOf(expected)));
  }

  /** TranslateXRel is TRANSLATE_X_REL here. */
  private static ImageOp op(String name) {
    return ImageOp.valueOf(name.replaceAll("(?<!^)(?=[A-Z])", "_").toUpperCase(Locale.ROOT));
  }

  private static Image decode(String file) throws IOException {
    return ImageDecoder.decode(Golden.path(file));
  }
}
