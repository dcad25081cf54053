package io.github.deit4j.data.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.decode.ImageDecoder;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.golden.Golden;
import io.github.deit4j.json.JsonValue;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

class PreprocessGoldenTest {
  private static final String ITEM = "08-preprocess/";
  private static final String FLOAT_TENSORS = ITEM + "expected/float-tensors.safetensors";

  // What the set allows decoders for grey and 4:4:4 files. Java's upsamples chroma as the
  // reference's does, so it holds for all files.
  private static final int DECODER_LEVELS = 3;

  @TestFactory
  Stream<DynamicTest> preprocesses() throws IOException {
    JsonValue cases = Golden.json(ITEM + "cases.json");
    var interpolation =
        Interpolation.valueOf(cases.get("interpolation").asString().toUpperCase(Locale.ROOT));
    var normalize = new Normalize(cases.get("mean").asFloats(), cases.get("std").asFloats());
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonValue json : cases.get("cases").items()) {
      var testCase = Case.of(json, interpolation);
      if (!testCase.isListed()) {
        continue;
      }
      tests.add(test(testCase, "pixels", () -> assertPixels(testCase)));
      if (Golden.listed(testCase.decoded())) {
        tests.add(test(testCase, "decoding", () -> assertDecoding(testCase)));
        tests.add(test(testCase, "from reference decoding", () -> assertFromDecoded(testCase)));
      }
      if (json.has("expected_float_tensor") && Golden.listed(FLOAT_TENSORS)) {
        String tensor = json.get("expected_float_tensor").asString();
        tests.add(test(testCase, "floats", () -> assertFloats(testCase, normalize, tensor)));
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private static DynamicTest test(Case testCase, String what, Executable body) {
    return DynamicTest.dynamicTest(testCase + ": " + what, body);
  }

  private static void assertPixels(Case testCase) throws IOException {
    assertLevels(testCase.crop(testCase.input()), testCase.expected(), testCase.tolerance());
  }

  private static void assertDecoding(Case testCase) throws IOException {
    assertLevels(testCase.input(), decode(testCase.decoded()), DECODER_LEVELS);
  }

  private static void assertFromDecoded(Case testCase) throws IOException {
    assertLevels(testCase.crop(decode(testCase.decoded())), testCase.expected(), 0);
  }

  private static void assertFloats(Case testCase, Normalize normalize, String tensor)
      throws IOException {
    Image crop = testCase.crop(testCase.input());
    try (Backend backend = Backends.select("cpu", 1).backend();
        TensorArena arena = backend.arena("test", 1 << 26);
        var expected = Golden.open(FLOAT_TENSORS)) {
      Tensor numbers =
          new Preprocessing(
                  crop.height(), normalize.channels(), normalize, 1, Interpolation.BICUBIC)
              .normalized(backend, arena, crop.pixels(), 1);
      float[] found = backend.toArray(numbers);
      Golden.assertClose(tensor, found, expected.floats(tensor), 1e-5, 0);
    }
  }

  private static void assertLevels(Image found, Image expected, int tolerance) {
    assertThat(found.shapeText()).isEqualTo(expected.shapeText());
    int largest = 0;
    for (int i = 0; i < found.pixels().length; i++) {
      int difference = (found.pixels()[i] & 0xFF) - (expected.pixels()[i] & 0xFF);
      largest = Math.max(largest, Math.abs(difference));
    }
    assertThat(largest).as("largest difference of levels").isLessThanOrEqualTo(tolerance);
  }

  private static Image decode(String file) throws IOException {
    return ImageDecoder.decode(Golden.path(file));
  }

  /** One case of the item, and the sizes and offsets that its numbers demand. */
  private record Case(JsonValue json, String file, String output, Interpolation interpolation) {
    static Case of(JsonValue json, Interpolation interpolation) throws IOException {
      String file = json.get("file").asString();
      return new Case(json, file, json.get("expected_uint8").asString(), interpolation);
    }

    boolean isListed() throws IOException {
      return Golden.listed(ITEM + file) && Golden.listed(ITEM + output);
    }

    Image input() throws IOException {
      Image image = decode(ITEM + file);
      assertSize(image, "source_size");
      return image;
    }

    Image expected() throws IOException {
      return decode(ITEM + output);
    }

    String decoded() {
      int dot = file.lastIndexOf('.');
      return ITEM
          + "expected/"
          + file.substring(0, dot)
          + "-"
          + file.substring(dot + 1)
          + "-decoded.png";
    }

    int tolerance() throws IOException {
      return json.get("tolerance_levels").value() instanceof Long levels
          ? Math.toIntExact(levels)
          : DECODER_LEVELS;
    }

    Image crop(Image image) throws IOException {
      Image resized =
          new Resize(json.get("resize_short_side").asInt(), interpolation)
              .apply(image, TestImages.none());
      assertSize(resized, "resized_size");
      int size = json.get("input_size").asInt();
      Image crop =
          new Preprocessing(
                  size, 3, Normalize.IMAGENET, json.get("crop_ratio").asDouble(), interpolation)
              .evaluation()
              .apply(image, TestImages.none());
      int top = json.get("crop_top").asInt();
      int left = json.get("crop_left").asInt();
      assertThat(crop.pixels()).isEqualTo(resized.crop(top, left, size, size).pixels());
      return crop;
    }

    private void assertSize(Image image, String key) throws IOException {
      assertThat(new int[] {image.width(), image.height()})
          .as(key)
          .containsExactly(json.get(key).asInts());
    }

    @Override
    public String toString() {
      return file + " to " + output;
    }
  }
}
