package io.github.deit4j.export;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.regnet.RegNet;
import io.github.deit4j.vit.DeiT;
import io.github.deit4j.weights.CannotWriteException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A model's evaluation as an ONNX file, with the inputs and outputs of {@link ExportFormat#ONNX}.
 */
final class OnnxExport {
  private OnnxExport() {}

  /**
   * Writes the model's file.
   *
   * @throws io.github.deit4j.weights.CannotWriteException if the file cannot be written, or the
   *     model is larger than ONNX files can be
   */
  static void write(Path out, Backend backend, Model model, Map<String, String> metadata)
      throws IOException {
    OnnxGraph graph =
        switch (model) {
          case DeiT deit -> OnnxDeiT.graph(deit, backend);
          case RegNet regNet -> OnnxRegNet.graph(regNet, backend);
          default ->
              throw new CannotWriteException(
                  out, new IOException("no graph is known for a " + model.config().family()));
        };
    graph.write(out, metadata);
  }
}
