package io.github.deit4j.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.regnet.RegNetConfig;
import io.github.deit4j.testing.Models;
import io.github.deit4j.vit.ViTConfig;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ONNX Runtime computes from our files what we compute ourselves. */
class OnnxExportTest {
  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void plainModelGivesLogits(int batch) throws IOException, OrtException {
    Computed computed = compute(Models.PLAIN, batch);
    assertThat(computed.outputs()).containsOnlyKeys("logits");
    assertClose(computed.outputs().get("logits"), computed.expected().classRows());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void distilledModelGivesMeanAndBothHeads(int batch) throws IOException, OrtException {
    Computed computed = compute(Models.DISTILLED, batch);
    assertThat(computed.outputs().keySet())
        .containsExactly("logits", "class_logits", "distillation_logits");
    float[] ofClass = computed.expected().classRows();
    float[] ofDistillation = computed.expected().distillationRows();
    float[] mean = new float[ofClass.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (ofClass[i] + ofDistillation[i]) / 2;
    }
    assertClose(computed.outputs().get("logits"), mean);
    assertClose(computed.outputs().get("class_logits"), ofClass);
    assertClose(computed.outputs().get("distillation_logits"), ofDistillation);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void deit3GivesLogits(int batch) throws IOException, OrtException {
    Computed computed = compute(Models.DEIT3, batch);
    assertThat(computed.outputs()).containsOnlyKeys("logits");
    assertClose(computed.outputs().get("logits"), computed.expected().classRows());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void regNetGivesLogits(int batch) throws IOException, OrtException {
    Computed computed = compute(Models.REGNET, batch);
    assertThat(computed.outputs()).containsOnlyKeys("logits");
    assertClose(computed.outputs().get("logits"), computed.expected().classRows());
  }

  @Test
  void metadataSayWhatTheModelIs() throws IOException, OrtException {
    Path file = export(Models.PLAIN, 1).file();
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file.toString())) {
      assertThat(session.getMetadata().getProducerName()).isEqualTo("deit4j");
      assertThat(session.getMetadata().getCustomMetadata())
          .containsEntry("model.heads", "3")
          .containsEntry("preprocessing.mean", "[0.485,0.456,0.406]");
    }
  }

  private static void assertClose(float[] found, float[] expected) {
    assertThat(found).containsExactly(expected, within(1e-4f));
  }

  /** An exported model, images, and our logits for them. */
  private record Exported(Path file, float[] images, LogitRows logits) {}

  private record Computed(Map<String, float[]> outputs, LogitRows expected) {}

  private Exported export(ModelConfig config, int batch) throws IOException {
    Path file = dir.resolve("model.onnx");
    try (Backend backend = Backends.select("cpu", 1).backend();
        Model model = model(backend, config)) {
      ExportFormat.ONNX.write(file, backend, model, Models.info(config));
      float[] images = Models.images(config, batch, 6);
      return new Exported(file, images, Models.logits(backend, model, images));
    }
  }

  private static Model model(Backend backend, ModelConfig config) {
    return config instanceof RegNetConfig regNet
        ? Models.regNet(backend, regNet, 5)
        : Models.random(backend, (ViTConfig) config, 5);
  }

  private Computed compute(ModelConfig config, int batch) throws IOException, OrtException {
    Exported exported = export(config, batch);
    long size = config.imageSize();
    long[] shape = {batch, config.channels(), size, size};
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(exported.file().toString());
        OnnxTensor images =
            OnnxTensor.createTensor(environment, FloatBuffer.wrap(exported.images()), shape);
        OrtSession.Result result = session.run(Map.of("images", images))) {
      Map<String, float[]> outputs = new LinkedHashMap<>();
      for (Map.Entry<String, OnnxValue> output : result) {
        OnnxTensor tensor = (OnnxTensor) output.getValue();
        assertThat(tensor.getInfo().getShape()).containsExactly(batch, config.classes());
        float[] values = new float[batch * config.classes()];
        tensor.getFloatBuffer().get(values);
        outputs.put(output.getKey(), values);
      }
      return new Computed(outputs, exported.logits());
    }
  }
}
