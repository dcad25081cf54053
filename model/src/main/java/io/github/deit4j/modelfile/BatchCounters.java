package io.github.deit4j.modelfile;

import io.github.deit4j.nn.Model;
import io.github.deit4j.weights.FormatException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many batches each batch normalisation has seen in training, as PyTorch counts them. Nothing
 * here needs the numbers; files of other libraries have them.
 */
public final class BatchCounters {
  private static final String VARIANCE = ".running_var";
  private static final String COUNTER = ".num_batches_tracked";

  private BatchCounters() {}

  /**
   * Returns a model's counters by timm's names, all 0, as PyTorch takes those that a file lacks.
   */
  public static Map<String, Long> of(Model model) {
    Map<String, Long> counters = new LinkedHashMap<>();
    for (String buffer : model.tensors().keySet()) {
      if (buffer.endsWith(VARIANCE)) {
        String norm = buffer.substring(0, buffer.length() - VARIANCE.length());
        counters.put(norm + COUNTER, 0L);
      }
    }
    return counters;
  }

  /**
   * Returns a model's counters with the numbers of its file, where that has them.
   *
   * @throws FormatException if a counter is no single integer
   */
  public static Map<String, Long> read(ModelSource source, Model model) throws IOException {
    Map<String, Long> counters = of(model);
    try (SavedModel file = SavedModel.open(source)) {
      for (Map.Entry<String, Long> counter : counters.entrySet()) {
        String name = counter.getKey();
        if (file.weights().tensors().containsKey(name)) {
          long[] values = file.weights().longs(name);
          if (values.length != 1) {
            throw file.weights()
                .error("one number in \"" + name + "\"", values.length + " numbers");
          }
          counter.setValue(values[0]);
        }
      }
    }
    return counters;
  }
}
