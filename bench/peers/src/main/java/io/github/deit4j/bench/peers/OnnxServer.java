package io.github.deit4j.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.github.deit4j.autograd.Ops;
import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.cpu.CpuBackend;
import io.github.deit4j.device.Backend;
import io.github.deit4j.export.ExportFormat;
import io.github.deit4j.inference.Classifier;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.ForwardPass;
import io.github.deit4j.nn.Logits;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.ModelConfig;
import io.github.deit4j.onnx.OnnxGraph;
import io.github.deit4j.serve.ClassifierServer;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * {@code deit serve} with ONNX Runtime in the place of our model, for {@code bench load} to compare
 * with: the same HTTP, decoding, queue and batches. Arguments: weights, port, threads. Ends when it
 * is killed.
 */
public final class OnnxServer {
  private OnnxServer() {}

  /** Serves. */
  public static void main(String[] args) throws Exception {
    int threads = Integer.parseInt(args[2]);
    Path file = Files.createTempFile("deit4j-serve", ".onnx");
    file.toFile().deleteOnExit();
    // One thread, since ONNX Runtime has its own. It is given batches in parts of four images.
    try (Backend backend = new CpuBackend(1)) {
      SavedModel.Loaded loaded = SavedModel.load(ModelSource.of(Path.of(args[0])), backend);
      ExportFormat.ONNX.write(file, backend, loaded.model(), loaded.info());
      loaded.model().close();
      Model model = new OnnxModel(loaded.info().config(), file, threads);
      try (Classifier classifier = Classifier.of(model, loaded.info(), backend, null);
          ClassifierServer server =
              ClassifierServer.builder(classifier).port(Integer.parseInt(args[1])).start()) {
        System.out.println("ONNX Runtime serving at " + server.address());
        new CountDownLatch(1).await();
      }
    }
  }

  /** The evaluation of a model by ONNX Runtime. */
  private static final class OnnxModel implements Model {
    private static final String CLASS = "class_logits";
    private static final String DISTILLATION = "distillation_logits";

    private final ModelConfig config;
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final Set<String> outputs;

    OnnxModel(ModelConfig config, Path file, int threads) throws OrtException {
      this.config = config;
      try (SessionOptions options = OnnxRuntimeInference.options(threads)) {
        session = environment.createSession(file.toString(), options);
      }
      outputs = new LinkedHashSet<>(List.of(config.distilled() ? CLASS : "logits"));
      if (config.distilled()) {
        outputs.add(DISTILLATION);
      }
    }

    @Override
    public Logits forward(ForwardPass pass, Tensor images) {
      Ops ops = pass.ops();
      long[] shape = new long[images.shape().rank()];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = images.shape().size(i);
      }
      FloatBuffer pixels = FloatBuffer.wrap(ops.backend().toArray(images));
      try (OnnxTensor input = OnnxTensor.createTensor(environment, pixels, shape);
          OrtSession.Result result = session.run(Map.of("images", input), outputs)) {
        List<Tensor> logits = new ArrayList<>();
        for (Map.Entry<String, ?> output : result) {
          logits.add(copy(ops, (OnnxTensor) output.getValue(), (int) shape[0]));
        }
        return new Logits(logits.getFirst(), config.distilled() ? logits.getLast() : null);
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }

    private Tensor copy(Ops ops, OnnxTensor logits, int images) {
      float[] rows = new float[images * config.classes()];
      logits.getFloatBuffer().get(rows);
      Tensor copy = ops.arena().allocate(images, config.classes());
      ops.backend().write(copy, MemorySegment.ofArray(rows));
      return copy;
    }

    @Override
    public ModelConfig config() {
      return config;
    }

    @Override
    public List<Parameter> parameters() {
      return List.of();
    }

    @Override
    public void initialize(Backend backend, long seed) {
      throw onlyForward();
    }

    @Override
    public List<Tensor> features(ForwardPass pass, Tensor images) {
      throw onlyForward();
    }

    @Override
    public Logits logits(ForwardPass pass, List<Tensor> features) {
      throw onlyForward();
    }

    @Override
    public OnnxGraph toOnnx(Backend backend) {
      throw onlyForward();
    }

    private static UnsupportedOperationException onlyForward() {
      return new UnsupportedOperationException("ONNX Runtime computes the forward pass only");
    }

    @Override
    public void prepare(Backend backend) {}

    @Override
    public void close() {
      try {
        session.close();
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
