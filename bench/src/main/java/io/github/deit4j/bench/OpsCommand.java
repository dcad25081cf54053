package io.github.deit4j.bench;

import io.github.deit4j.bench.cases.BenchmarkModels;
import io.github.deit4j.bench.cases.Contestant;
import io.github.deit4j.bench.cases.OpCase;
import io.github.deit4j.bench.cases.OpCase.Layer;
import io.github.deit4j.bench.cases.OpContest;
import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Measurement;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.vit.ViTConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** Measures a backend's ops, one by one. */
@Command(
    name = "ops",
    description = "Measures every op alone, forward and backward, against the roofline.")
final class OpsCommand extends MeasuringCommand {
  private static final List<Integer> BATCHES = List.of(8);

  @Override
  void measure(Bench bench, List<Contestant> contestants) {
    for (String model : models()) {
      for (int batch : batches(BATCHES)) {
        new OpContest(bench, model, batch, contestants)
            .measure((_, _) -> true, found -> found.forEach(this::show));
      }
    }
  }

  private void show(Measurement measured) {
    String[] name = measured.cell().op().split("/", 2);
    show(measured, null, null, Map.of("part", name[0], "op", name[1]));
  }

  @Command(
      name = "gemm",
      description =
          "Measures the matrix products of a block's linear layers, forward and backward, in turns"
              + " with OpenBLAS's.")
  static final class Gemm extends MeasuringCommand {
    private static final List<Integer> BATCHES = List.of(1, 8, 32);

    /** The ops of a linear layer, and the products that they are. */
    private static final Map<String, String> PASSES =
        Map.of(
            "linear", "forward",
            "linearInputGradient", "input_gradient",
            "linearParameterGradients", "weight_gradient");

    @Override
    void measure(Bench bench, List<Contestant> chosen) {
      List<Contestant> contestants = new ArrayList<>(chosen);
      if (chosen.stream().noneMatch(Contestant::hasOwnProductsOnly)
          && chosen.stream().anyMatch(each -> !each.device())) {
        Contestant openBlas = Contestant.onHost("openblas");
        try (Backend backend = openBlas.open(bench.threads())) {
          note("compared with " + backend.description());
          contestants.add(openBlas);
        } catch (DeviceException e) {
          note("ratio_to_openblas is null: " + e.getMessage());
        }
      }
      for (String model : models()) {
        for (int batch : batches(BATCHES)) {
          new OpContest(bench, model, batch, contestants)
              .measure(
                  (op, who) ->
                      PASSES.containsKey(op.op())
                          && Layer.of(op.part()) != null
                          && !(op.prepared() && who.device()),
                  found -> showAll(found, chosen));
        }
      }
    }

    private void showAll(List<Measurement> found, List<Contestant> chosen) {
      Measurement theirs =
          found.stream()
              .filter(each -> Contestant.onHost(each.cell().backend()).hasOwnProductsOnly())
              .findFirst()
              .orElse(null);
      List<String> wanted = chosen.stream().map(Contestant::backend).toList();
      found.stream()
          .filter(each -> wanted.contains(each.cell().backend()))
          .forEach(each -> show(each, theirs));
    }

    private void show(Measurement measured, Measurement theirs) {
      String[] name = measured.cell().op().split("/", 2);
      boolean prepacked = name[0].endsWith(OpCase.PREPARED);
      Layer layer = Layer.of(name[0]);
      ViTConfig config = BenchmarkModels.transformer(measured.cell().model());
      int rows = measured.cell().batch() * config.tokens();
      int in = layer.in(config);
      int out = layer.out(config);
      String pass = PASSES.get(name[1]);
      Map<String, Object> more = new LinkedHashMap<>();
      more.put("benchmark", "gemm");
      more.put("op", pass);
      more.put(
          "shape",
          switch (pass) {
            case "forward" -> List.of(rows, out, in);
            case "input_gradient" -> List.of(rows, in, out);
            default -> List.of(out, in, rows);
          });
      more.put("layer", layer.id());
      more.put("prepacked", prepacked);
      boolean compares =
          !prepacked && theirs != null && !theirs.equals(measured) && !measured.cell().device();
      Double ratio = compares ? measured.samples().speedupOver(theirs.samples()) : null;
      show(measured, prepacked ? null : "ratio_to_openblas", ratio, more);
    }
  }
}
