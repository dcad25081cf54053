package io.github.deit4j.bench.suite;

import io.github.deit4j.bench.ImagePipeline;
import io.github.deit4j.bench.measure.Contender;
import io.github.deit4j.cpu.ThreadTeam;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The data path. On one thread every step of it; on several all of it, an image for each thread, so
 * that a cell's batch is the number of threads.
 */
final class DataTrial {
  private final Watch watch;
  private final SuiteEffort effort;

  DataTrial(Watch watch, SuiteEffort effort) {
    this.watch = watch;
    this.effort = effort;
  }

  private static Map<String, Consumer<ImagePipeline>> steps(boolean alone) {
    Map<String, Consumer<ImagePipeline>> steps = new LinkedHashMap<>();
    if (alone) {
      steps.put("decode", ImagePipeline::decode);
      steps.put("random_resized_crop", ImagePipeline::randomResizedCrop);
      steps.put("rand_augment", ImagePipeline::randAugment);
    }
    steps.put("decode_and_augment", ImagePipeline::decodeAndAugment);
    return steps;
  }

  TrialResult measure(Trial trial) {
    List<TrialResult.CellRound> cells = new ArrayList<>();
    try (ThreadTeam team = new ThreadTeam(trial.threads())) {
      List<ImagePipeline> pipelines =
          IntStream.range(0, trial.batch()).mapToObj(_ -> new ImagePipeline()).toList();
      steps(trial.threads() == 1)
          .forEach(
              (op, step) -> {
                Runnable images =
                    () ->
                        team.run(pipelines.size(), (index, _) -> step.accept(pipelines.get(index)));
                cells.add(measure(trial, op, images));
              });
    }
    return TrialResult.of(cells, List.of());
  }

  private TrialResult.CellRound measure(Trial trial, String op, Runnable images) {
    Contestant contestant = trial.contestants().getFirst();
    Cell cell =
        new Cell(
            Section.DATA,
            contestant.backend(),
            contestant.precision(),
            null,
            op,
            trial.batch(),
            List.of(trial.batch(), 3, ImagePipeline.HEIGHT, ImagePipeline.WIDTH),
            trial.threads());
    Watch.Observed observed = watch.contest(effort.samples(), List.of(Contender.of(op, images)));
    return new TrialResult.CellRound(cell, null, null, observed.round(0, null));
  }
}
