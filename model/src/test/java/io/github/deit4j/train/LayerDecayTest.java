package io.github.deit4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.modelfile.ModelFamilies;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.train.Optimizer.ParameterGroups;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerDecayTest {
  /** timm: stem 0, blocks 1 to 12 with the norm behind them in the last, heads 13. */
  @ParameterizedTest
  @CsvSource({
    "cls_token, 13",
    "dist_token, 13",
    "pos_embed, 13",
    "patch_embed.proj.weight, 13",
    "blocks.0.attn.qkv.weight, 12",
    "blocks.9.mlp.fc1.bias, 3",
    "blocks.11.norm2.weight, 1",
    "norm.weight, 1",
    "head.weight, 0",
    "head_dist.bias, 0"
  })
  void aTransformersRatesAreTimms(String name, int power) {
    ModelConfig config = ModelFamilies.config("deit_tiny_distilled_patch16_224");
    var groups = new ParameterGroups(List.of(), List.of()).withLayerDecay(0.75, config);
    assertThat(groups.rates().applyAsDouble(name)).isCloseTo(Math.pow(0.75, power), within(1e-15));
  }

  /** Depths 1, 1, 4, 7. */
  @ParameterizedTest
  @CsvSource({
    "stem.conv.weight, 14",
    "s1.b1.conv1.conv.weight, 13",
    "s2.b1.se.fc1.bias, 12",
    "s3.b4.conv3.bn.weight, 8",
    "s4.b1.downsample.conv.weight, 7",
    "s4.b7.conv2.bn.bias, 1",
    "head.fc.weight, 0"
  })
  void aRegNetsRatesAreTimms(String name, int power) {
    ModelConfig config = ModelFamilies.config("regnety_002");
    var groups = new ParameterGroups(List.of(), List.of()).withLayerDecay(0.5, config);
    assertThat(groups.rates().applyAsDouble(name)).isEqualTo(Math.scalb(1.0, -power));
  }

  @Test
  void everyParameterHasALayerAndOneRateStaysOne() {
    for (String name : ModelFamilies.models()) {
      ModelConfig config = ModelFamilies.config(name);
      if (config.parameterCount() > 12_000_000) {
        continue;
      }
      try (Backend backend = new CpuBackend(1);
          Model model = config.create(backend, false, 0)) {
        assertThat(model.parameters().stream().mapToInt(p -> config.layer(p.name())).distinct())
            .hasSize(config.layers() + 1)
            .allMatch(layer -> layer >= 0 && layer <= config.layers());
        var one = ParameterGroups.of(model.parameters(), true).withLayerDecay(1, config);
        assertThat(Stream.of(one.decayed(), one.undecayed()).flatMap(List::stream))
            .as("frozen")
            .isEmpty();
        assertThat(model.parameters().stream().map(Parameter::name).mapToDouble(one.rates()))
            .allMatch(rate -> rate == 1);
      }
    }
  }
}
