package io.github.deit4j.session;

import io.github.deit4j.data.Dataset;
import io.github.deit4j.device.Backend;
import io.github.deit4j.inference.Head;
import io.github.deit4j.modelfile.ClassNames;
import io.github.deit4j.modelfile.ModelSource;
import io.github.deit4j.modelfile.SavedModel;
import io.github.deit4j.nn.Model;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.report.EvaluationDetails;
import io.github.deit4j.report.EvaluationReport.Evaluation;
import io.github.deit4j.report.HtmlReport;
import io.github.deit4j.report.MistakePictures;
import io.github.deit4j.train.Trainer;
import io.github.deit4j.train.Trainer.TrainingResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The report that a run leaves: besides what its files tell, how good the weights of {@code
 * model.safetensors} are for each class, and the mistakes that they are surest of, where the run
 * has evaluated them. Nothing is evaluated for it; a few images are read again to show them.
 */
public final class RunReport {
  private RunReport() {}

  /**
   * Writes it.
   *
   * @param folder of a run that has ended
   * @param evaluated the images by which it was evaluated; null for none
   * @throws IOException if something cannot be read or written
   */
  public static void write(
      Path folder, Recipe recipe, TrainingResult result, Backend backend, Dataset evaluated)
      throws IOException {
    HtmlReport.write(
        folder,
        result.predicted().isEmpty()
            ? Optional.empty()
            : Optional.of(evaluation(folder, recipe, result, backend, evaluated)));
  }

  private static Evaluation evaluation(
      Path folder, Recipe recipe, TrainingResult result, Backend backend, Dataset evaluated)
      throws IOException {
    ModelSource source = ModelSource.of(folder.resolve("model.safetensors"));
    SavedModel.Loaded saved = SavedModel.load(source, backend);
    try (Model model = saved.model()) {
      List<String> labels = ClassNames.labels(saved.info().classNames());
      Head head = Trainer.decidingHead(recipe, saved.info().config());
      var details = new EvaluationDetails(labels, result.predicted());
      var pictures = new MistakePictures(backend, model, saved.info(), evaluated, labels);
      return details.evaluation(
          "Evaluation",
          String.format(
              Locale.ROOT,
              "The weights of step %d, those of model.safetensors, on %,d images.",
              result.weightsOf(),
              result.predicted().get(head).size()),
          result.scores(),
          head,
          pictures.of(details.mistakes(head, MistakePictures.MOST), head));
    }
  }
}
