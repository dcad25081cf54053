package io.github.deit4j.export;

import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.ImageBatch;
import io.github.deit4j.modelfile.DeiTFile;
import io.github.deit4j.nn.Model;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.SafetensorsWriter.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A model's tensors on their way to a file.
 *
 * @param backend where they are
 * @param model whose they are
 * @param batchCounters by timm's names, the batches that each batch normalisation has seen
 */
record ExportedTensors(Backend backend, Model model, Map<String, Long> batchCounters) {
  /**
   * Returns all of them, the counters first: their 8 bytes must lie at a multiple of 8.
   *
   * @param names gives the file's name for timm's
   */
  List<Entry> entries(UnaryOperator<String> names) {
    List<Entry> entries = new ArrayList<>();
    batchCounters.forEach(
        (name, count) -> entries.add(Entry.of(names.apply(name), Shape.of(), new long[] {count})));
    DeiTFile.values(model)
        .forEach(
            (name, tensor) ->
                entries.add(Entry.of(names.apply(name), tensor.shape(), values(tensor))));
    return entries;
  }

  float[] values(Tensor tensor) {
    return ImageBatch.toArray(backend, tensor);
  }
}
