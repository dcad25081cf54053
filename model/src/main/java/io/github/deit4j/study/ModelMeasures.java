package io.github.deit4j.study;

import io.github.deit4j.autograd.Ops;
import io.github.deit4j.data.Dataset;
import io.github.deit4j.data.EvalLoader;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Head;
import io.github.deit4j.inference.LogitRows;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.Preprocessing;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.TokenLayout;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import io.github.deit4j.train.Evaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What a trained model says about every test image, and how alike its two tokens are.
 *
 * @param predictions by head, the class of each image
 * @param cosines by layer, the mean over the images of the cosine of class and second token; empty
 *     for a model with one token
 */
public record ModelMeasures(Map<Head, List<Integer>> predictions, Map<String, Double> cosines) {
  private static final int BATCH = 64;
  private static final Pattern LAYERS = Pattern.compile("embeddings|blocks\\.\\d+|norm");

  /** Measures a model on the images of a data set. */
  public static ModelMeasures of(Path weights, Backend backend, Dataset test)
      throws IOException, InterruptedException {
    SavedModel.Loaded loaded = SavedModel.load(ModelSource.of(weights), backend);
    try (Model model = loaded.model()) {
      var measures = new ModelMeasures(new EnumMap<>(Head.class), new LinkedHashMap<>());
      new Run(backend, model, loaded.info().preprocessing(), test, measures).measure();
      return measures;
    }
  }

  /** One walk over the images. */
  private record Run(
      Backend backend,
      Model model,
      Preprocessing preprocessing,
      Dataset test,
      ModelMeasures measures) {
    void measure() throws IOException, InterruptedException {
      List<String> tokens = tokens();
      if (tokens.size() > 1) {
        float[] first = parameter(tokens.get(0));
        measures.cosines.put("tokens", cosine(first, parameter(tokens.get(1)), 0, first.length));
      }
      try (EvalLoader loader =
              new EvalLoader(test, preprocessing.evaluation(), BATCH, 1, image -> {});
          TensorArena arena = backend.arena("study")) {
        for (Optional<SampleBatch> next = loader.next(); next.isPresent(); next = loader.next()) {
          arena.reset();
          add(next.get(), arena);
        }
      }
    }

    private List<String> tokens() {
      return model.config().tokenLayout().map(TokenLayout::prefix).orElse(List.of());
    }

    private float[] parameter(String name) {
      return backend.toArray(model.tensors().get(name));
    }

    private void add(SampleBatch batch, TensorArena arena) {
      Tensor images = preprocessing.normalized(backend, arena, batch.pixels(), batch.size());
      ForwardPass pass = ForwardPass.evaluation(Ops.inference(backend, arena));
      if (tokens().size() > 1) {
        pass = pass.observedBy((layer, x) -> addCosines(layer, x, arena));
      }
      LogitRows rows = LogitRows.of(backend, model.forward(pass, images));
      for (Head head : Evaluator.heads(model)) {
        List<Integer> classes = measures.predictions.computeIfAbsent(head, _ -> new ArrayList<>());
        for (int i = 0; i < batch.size(); i++) {
          classes.add(largest(rows.logProbabilities(head, i)));
        }
      }
    }

    private static int largest(double[] x) {
      int best = 0;
      for (int i = 1; i < x.length; i++) {
        best = x[i] > x[best] ? i : best;
      }
      return best;
    }

    private void addCosines(String layer, Tensor x, TensorArena arena) {
      if (!LAYERS.matcher(layer).matches()) {
        return;
      }
      int images = x.shape().size(0);
      int width = x.shape().size(2);
      float[] first = token(x, 0, arena.allocate(images, width));
      float[] second = token(x, 1, arena.allocate(images, width));
      for (int i = 0; i < images; i++) {
        measures.cosines.merge(layer, cosine(first, second, i, width) / test.size(), Double::sum);
      }
    }

    private float[] token(Tensor x, int token, Tensor to) {
      backend.pixels().selectToken(to, x, token);
      return backend.toArray(to);
    }
  }

  private static double cosine(float[] a, float[] b, int row, int width) {
    double dot = 0;
    double squareA = 0;
    double squareB = 0;
    for (int i = row * width; i < (row + 1) * width; i++) {
      dot += (double) a[i] * b[i];
      squareA += (double) a[i] * a[i];
      squareB += (double) b[i] * b[i];
    }
    return dot / Math.sqrt(squareA * squareB);
  }

  /** Returns the share of images on which two classifiers differ. */
  public static double disagreement(List<Integer> a, List<Integer> b) {
    IntStream images = IntStream.range(0, a.size());
    return (double) images.filter(i -> !a.get(i).equals(b.get(i))).count() / a.size();
  }
}
