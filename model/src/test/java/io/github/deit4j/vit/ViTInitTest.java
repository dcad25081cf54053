package io.github.deit4j.vit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.testing.Tensors;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;

class ViTInitTest {
  private static final ViTConfig CONFIG =
      new ViTConfig(DeiTFamily.INSTANCE, 32, 8, 3, 100, 96, 2, 3, 384, true);
  private static final double BOUND = 1 / Math.sqrt(3 * 8 * 8);

  /** Beyond this many standard errors chance is no explanation. */
  private static final double SIGMAS = 5;

  @Test
  void drawsWeightsAndTokensFromANarrowNormalDistribution() {
    initialized(1, 7)
        .forEach(
            (name, values) -> {
              if (isGaussian(name)) {
                assertMoments(name, values, 0.02, 3);
              }
            });
  }

  private static boolean isGaussian(String name) {
    boolean embedding = name.endsWith("token") || name.equals("pos_embed");
    boolean matrix =
        name.endsWith(".weight") && !name.contains("norm") && !name.startsWith("patch_embed");
    return embedding || matrix;
  }

  /** Compares mean, deviation and kurtosis with those of the distribution. */
  private static void assertMoments(
      String name, float[] values, double deviation, double kurtosis) {
    int n = values.length;
    double mean = 0;
    double square = 0;
    double fourth = 0;
    for (float value : values) {
      mean += (double) value / n;
      square += Math.pow(value / deviation, 2) / n;
      fourth += Math.pow(value / deviation, 4) / n;
    }
    double error = SIGMAS / Math.sqrt(n);
    assertThat(mean / deviation).as("mean of %s", name).isCloseTo(0, within(error));
    assertThat(square).as("variance of %s", name).isCloseTo(1, within(error * Math.sqrt(2)));
    assertThat(fourth).as("kurtosis of %s", name).isCloseTo(kurtosis, within(error * 10));
  }

  @Test
  void drawsThePatchProjectionUniformly() {
    var values = initialized(1, 7);
    assertMoments("weight", values.get("patch_embed.proj.weight"), BOUND / Math.sqrt(3), 1.8);
    assertMoments("bias", values.get("patch_embed.proj.bias"), BOUND / Math.sqrt(3), 1.8);
    for (String part : new String[] {"weight", "bias"}) {
      double largest = 0;
      for (float value : values.get("patch_embed.proj." + part)) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertThat(largest).isBetween(0.9 * BOUND, (double) (float) BOUND);
    }
  }

  @Test
  void startsNormalisationAsIdentityAndOtherBiasesAtZero() {
    initialized(1, 7)
        .forEach(
            (name, values) -> {
              if (name.contains("norm") && name.endsWith(".weight")) {
                assertThat(values).as(name).containsOnly(1f);
              } else if (name.endsWith(".bias") && !name.startsWith("patch_embed")) {
                assertThat(values).as(name).containsOnly(0f);
              }
            });
  }

  @Test
  void givesEachParameterDrawsOfItsOwn() {
    var firstDraws = new HashSet<Float>();
    var values = initialized(1, 7);
    values.keySet().removeIf(name -> !isGaussian(name));
    values.values().forEach(draws -> firstDraws.add(draws[0]));
    assertThat(firstDraws).hasSameSizeAs(values.keySet());
  }

  @Test
  void givesTheSameBitsForTheSameSeedOnAnyNumberOfThreads() {
    var expected = initialized(1, 7);
    assertSame(initialized(2, 7), expected);
    try (var pool = new ForkJoinPool(1)) {
      assertSame(pool.submit(() -> initialized(1, 7)).join(), expected);
    }
  }

  private static void assertSame(Map<String, float[]> got, Map<String, float[]> expected) {
    assertThat(got.keySet()).containsExactlyElementsOf(expected.keySet());
    expected.forEach(
        (name, values) ->
            assertThat(Arrays.equals(got.get(name), values)).as(name + " is the same").isTrue());
  }

  @Test
  void givesOtherWeightsForAnotherSeed() {
    var one = initialized(1, 7);
    var other = initialized(1, 8);
    one.forEach(
        (name, values) ->
            assertThat(Arrays.equals(values, other.get(name)))
                .as(name)
                .isEqualTo(!isGaussian(name) && !name.startsWith("patch_embed")));
  }

  private static Map<String, float[]> initialized(int threads, long seed) {
    var values = new LinkedHashMap<String, float[]>();
    try (Backend backend = new CpuBackend(threads);
        VisionTransformer model = new VisionTransformer(backend, CONFIG, false, 0)) {
      model.initialize(backend, seed);
      for (Parameter parameter : model.parameters()) {
        values.put(parameter.name(), Tensors.floats(backend, parameter.value()));
      }
    }
    return values;
  }
}
