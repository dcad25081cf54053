package io.github.deit4j.export;

import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.nn.TensorNames;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.weights.SafetensorsWriter.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

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
   * @param names the file's
   */
  List<Entry> entries(TensorNames names) {
    List<Entry> entries = new ArrayList<>();
    batchCounters.forEach(
        (name, count) ->
            entries.add(Entry.of(names.parts(name).getFirst(), Shape.of(), new long[] {count})));
    model.tensors().forEach((name, tensor) -> addParts(entries, names.parts(name), tensor));
    return entries;
  }

  /** Adds a tensor in as many equal parts, cut between rows, as there are names. */
  private void addParts(List<Entry> entries, List<String> names, Tensor tensor) {
    int[] sizes = tensor.shape().sizes();
    sizes[0] /= names.size();
    float[] values = backend.toArray(tensor);
    int length = values.length / names.size();
    for (int i = 0; i < names.size(); i++) {
      float[] part = Arrays.copyOfRange(values, i * length, (i + 1) * length);
      entries.add(Entry.of(names.get(i), Shape.of(sizes), part));
    }
  }
}
