package io.github.deit4j.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import io.github.deit4j.bench.cases.BenchmarkData;
import io.github.deit4j.nn.ModelConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** The forward pass in ONNX Runtime, of the file that {@code deit export} writes. */
final class OnnxRuntimeInference implements PeerMain.PeerWorkload {
  /** Threads spin inside a call, where that helps, and not between calls, where others compute. */
  private static final String STOP_SPINNING = "session.force_spinning_stop";

  private final int threads;
  private final OrtSession session;
  private final Map<String, OnnxTensor> input;
  private final Set<String> outputs;

  OnnxRuntimeInference(ModelConfig config, int batch, int threads, Path file) throws OrtException {
    this.threads = threads;
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (SessionOptions options = options(threads)) {
      this.session = environment.createSession(file.toString(), options);
    }
    float[] pixels = BenchmarkData.images(config, batch);
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(4 * pixels.length)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer()
            .put(pixels)
            .flip();
    int size = config.imageSize();
    long[] shape = {batch, config.channels(), size, size};
    this.input = Map.of("images", OnnxTensor.createTensor(environment, buffer, shape));
    this.outputs =
        config.distilled() ? Set.of("class_logits", "distillation_logits") : Set.of("logits");
  }

  /** Returns how it computes on so many threads; the caller's to close. */
  static SessionOptions options(int threads) throws OrtException {
    SessionOptions options = new SessionOptions();
    options.setOptimizationLevel(OptLevel.ALL_OPT);
    options.setIntraOpNumThreads(threads);
    options.addConfigEntry(STOP_SPINNING, "1");
    return options;
  }

  @Override
  public String configuration() {
    return "ONNX Runtime %s, CPU, float32, all graph optimizations, %d threads, %s=1"
        .formatted(OrtEnvironment.getEnvironment().getVersion(), threads, STOP_SPINNING);
  }

  @Override
  public void run() {
    try {
      session.run(input, outputs).close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public float[] check() {
    String name = outputs.contains("class_logits") ? "class_logits" : "logits";
    try (OrtSession.Result result = session.run(input, Set.of(name))) {
      return ((float[][]) result.get(0).getValue())[0];
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    input.values().forEach(OnnxTensor::close);
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
