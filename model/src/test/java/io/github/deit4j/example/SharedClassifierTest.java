package io.github.deit4j.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.deit4j.data.Image;
import io.github.deit4j.data.set.FashionMnist;
import io.github.deit4j.data.transform.Interpolation;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.inference.Classifier.Prediction;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.random.Philox;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.vit.DeiTFamily;
import io.github.deit4j.vit.ViTConfig;
import io.github.deit4j.vit.VisionTransformer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedClassifierTest {
  private static final int THREADS = 8;
  private static final int CALLS = 10_000;
  private static final int DISTINCT = 40;

  @TempDir Path folder;

  @Test
  void servesManyThreadsWithoutLeaking() throws Exception {
    Path weights = writeModel();
    List<Image> distinct = images();
    List<Prediction> expected = classifyAlone(weights, distinct);
    int arenasBefore = TensorArena.open();
    long bytesBefore = TensorArena.openBytes();
    try (SharedClassifier server = new SharedClassifier(weights, THREADS)) {
      assertThat(server.classify(distinct)).isEqualTo(expected);
      int arenasServing = TensorArena.open();
      long bytesServing = TensorArena.openBytes();
      for (int done = 0; done < CALLS; done += DISTINCT) {
        assertThat(server.classify(distinct)).isEqualTo(expected);
      }
      assertThat(TensorArena.open()).isEqualTo(arenasServing);
      assertThat(TensorArena.openBytes()).isEqualTo(bytesServing);
    }
    assertThat(TensorArena.open()).isEqualTo(arenasBefore);
    assertThat(TensorArena.openBytes()).isEqualTo(bytesBefore);
  }

  private Path writeModel() throws IOException {
    ViTConfig config = new ViTConfig(DeiTFamily.INSTANCE, 8, 4, 1, 3, 16, 1, 2, 32, true);
    Preprocessing preprocessing =
        new Preprocessing(8, 1, new FashionMnist().normalize(), 1, Interpolation.BICUBIC);
    Path weights = folder.resolve("model.safetensors");
    try (Backend backend = Backends.select("cpu", 1).backend();
        VisionTransformer model = new VisionTransformer(backend, config, false, 0)) {
      model.initialize(backend, 7);
      SavedModel.save(
          weights, backend, model, new ModelInfo(config, List.of("a", "b", "c"), preprocessing));
    }
    return weights;
  }

  private static List<Image> images() {
    List<Image> images = new ArrayList<>();
    for (int i = 0; i < DISTINCT; i++) {
      Philox random = new Philox(1, 0, 0, i);
      byte[] pixels = new byte[64];
      for (int p = 0; p < pixels.length; p++) {
        pixels[p] = (byte) random.nextInt();
      }
      images.add(new Image(1, 8, 8, pixels));
    }
    return images;
  }

  private static List<Prediction> classifyAlone(Path weights, List<Image> images)
      throws IOException {
    List<Prediction> predictions = new ArrayList<>();
    try (Backend backend = Backends.select("cpu", 1).backend();
        Classifier classifier = Classifier.load(weights, backend);
        Classifier.Session session = classifier.openSession()) {
      for (Image image : images) {
        predictions.add(session.classify(image, 1).getFirst());
      }
    }
    return predictions;
  }
}
