package io.github.deit4j.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import io.github.deit4j.device.Backend;
import io.github.deit4j.bench.cases.OpCall;
import io.github.deit4j.bench.cases.OpTwins;
import io.github.deit4j.bench.cases.Workload;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The ops of a forward pass in ONNX Runtime, each a model of its own. Weights are constants, which
 * it lays out as it likes, as it does in a whole model.
 */
public final class OnnxRuntimeTwins implements OpTwins {
  /** For the service loader. */
  public OnnxRuntimeTwins() {}

  @Override
  public String name() {
    return "onnxruntime";
  }

  @Override
  public Workload open(OpCall call, Backend backend, int threads) throws IOException, OrtException {
    OnnxOp op = OnnxOp.of(call, backend);
    Path file = Files.createTempFile("deit4j-op", ".onnx");
    try (SessionOptions options = new SessionOptions()) {
      op.graph().write(file, Map.of());
      options.setOptimizationLevel(OptLevel.ALL_OPT);
      options.setIntraOpNumThreads(threads);
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      OrtSession session = environment.createSession(file.toString(), options);
      Map<String, OnnxTensor> inputs = new HashMap<>();
      for (var input : op.inputs().entrySet()) {
        OnnxOp.Numbers numbers = input.getValue();
        FloatBuffer buffer = FloatBuffer.wrap(numbers.values());
        inputs.put(input.getKey(), OnnxTensor.createTensor(environment, buffer, numbers.shape()));
      }
      return new Twin(op, session, inputs);
    } finally {
      Files.delete(file);
    }
  }

  private record Twin(OnnxOp op, OrtSession session, Map<String, OnnxTensor> inputs)
      implements Workload {
    @Override
    public void run() {
      try {
        session.run(inputs).close();
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public float[] check() {
      try (OrtSession.Result result = session.run(inputs)) {
        FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] numbers = new float[buffer.remaining()];
        buffer.get(numbers);
        return op.ours(numbers);
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      inputs.values().forEach(OnnxTensor::close);
      try {
        session.close();
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
