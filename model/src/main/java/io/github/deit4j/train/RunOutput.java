package io.github.deit4j.train;

import io.github.deit4j.device.Backend;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.Model;
import io.github.deit4j.run.Checkpoint;
import io.github.deit4j.run.Extension;
import io.github.deit4j.run.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a rank writes of a run: the first one everything, the others nothing.
 *
 * @param folder null on the others
 */
record RunOutput(RunFolder folder) {
  /** Returns the newest loadable checkpoint. */
  Optional<Checkpoint> newest(Consumer<String> report) throws IOException {
    return folder == null ? Optional.empty() : folder.checkpoints().newest(report);
  }

  /** Returns the best checkpoint. */
  Optional<Checkpoint> best() throws IOException {
    return folder == null ? Optional.empty() : folder.checkpoints().newestBest();
  }

  /** Returns whether a run had begun here before. */
  boolean isResumed() {
    return folder != null && folder.isResumed();
  }

  /** Returns where the run was extended. */
  List<Extension> extensions() throws IOException {
    return folder == null ? List.of() : folder.extensions();
  }

  void continueFrom(int step) throws IOException {
    if (folder != null) {
      folder.continueFrom(step);
    }
  }

  void log(int step, Map<String, Object> values) throws IOException {
    if (folder != null) {
      folder.log(step, values);
    }
  }

  /** Saves a checkpoint, where there is a folder for it. */
  Optional<Checkpoint> save(TrainingState state, TrainingProgress progress, boolean best)
      throws IOException {
    return folder == null
        ? Optional.empty()
        : Optional.of(
            folder.checkpoints().save(progress.step(), state.files(), progress.toJson(), best));
  }

  /** Returns the newest checkpoint of an earlier step, damaged or not. */
  Optional<Path> checkpointBefore(int step) throws IOException {
    return folder == null ? Optional.empty() : folder.checkpoints().before(step);
  }

  /** Removes all checkpoints but the last ones and the best. */
  void keepOnly(int count) throws IOException {
    if (folder != null) {
      folder.checkpoints().keepOnly(count);
    }
  }

  void writeModel(String name, Backend backend, Model model, ModelInfo info) throws IOException {
    if (folder != null) {
      SavedModel.save(folder.file(name), backend, model, info);
    }
  }

  void writeResults(Map<String, Object> results) throws IOException {
    if (folder != null) {
      folder.writeResults(results);
    }
  }
}
