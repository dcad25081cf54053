package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.measure.Bench;
import io.github.deit4j.bench.measure.Ceilings.Roof;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Contest;
import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Cost;
import io.github.deit4j.bench.measure.ResultTable;
import io.github.deit4j.bench.measure.ResultTable.Column;
import io.github.deit4j.device.Backend;
import io.github.deit4j.op.OpRunner;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the time of a model goes: the ops of its run of median length, measured inside it. On a
 * device each op is waited for, so that the run is longer than one whose ops are only queued.
 */
public record Breakdown(Cell cell, double milliseconds, List<Line> lines) {
  public static final String TITLE = "Where the time goes";

  private static final String BETWEEN = "(between ops)";

  public record Line(
      String op,
      int calls,
      double milliseconds,
      Double gflops,
      Double gigabytesPerSecond,
      Double peakFraction,
      Double rooflineFraction,
      double share) {}

  private record Sum(int calls, long nanos, Cost cost) {
    Sum plus(Sum other) {
      return new Sum(calls + other.calls, nanos + other.nanos, cost.plus(other.cost));
    }
  }

  private record Run(double milliseconds, Map<String, Sum> ops) {}

  public ResultTable<Line> table() {
    return new ResultTable<>(
        TITLE,
        "The run of median length, op by op: %s, %s ms."
            .formatted(cell, ResultTable.number(milliseconds)),
        List.of(
            Column.text("op", 1, Line::op),
            Column.number("calls", Line::calls),
            Column.number("ms", Line::milliseconds),
            Column.number("GFLOP/s", Line::gflops),
            Column.number("GB/s", Line::gigabytesPerSecond),
            Column.number("of peak", line -> ResultTable.percent(line.peakFraction())),
            Column.number("of roof", line -> ResultTable.percent(line.rooflineFraction())),
            Column.number("of the run", line -> ResultTable.percent(line.share()))));
  }

  /** Runs the case until it is warm, and then for the effort's samples. */
  public static Breakdown of(ModelCase model, Contestant contestant, Bench bench) {
    // Ops may be called from several threads, as when a model is initialised.
    Map<String, Sum> ops = new ConcurrentHashMap<>();
    List<Run> runs = new ArrayList<>();
    try (Backend backend = contestant.open(bench.threads());
        Backend profiled =
            observed(
                backend,
                (op, operands, nanos) ->
                    ops.merge(op, new Sum(1, nanos, OpCall.cost(op, operands)), Sum::plus));
        Workload workload = model.open(profiled)) {
      Runnable run =
          () -> {
            ops.clear();
            long start = System.nanoTime();
            workload.run();
            runs.add(new Run((System.nanoTime() - start) * 1e-6, Map.copyOf(ops)));
          };
      Contender contender = Contender.of(run);
      int samples =
          Contest.run(bench.effort(), List.of(contender)).getFirst().milliseconds().size();
      List<Run> sorted =
          runs.subList(runs.size() - samples, runs.size()).stream()
              .sorted(Comparator.comparingDouble(Run::milliseconds))
              .toList();
      Cell cell = model.cell(contestant, bench.threads());
      return of(cell, sorted.get(samples / 2), bench.ceilings().roof(cell));
    }
  }

  private static Breakdown of(Cell cell, Run run, Roof roof) {
    List<Line> lines = new ArrayList<>();
    double rest = run.milliseconds();
    for (Map.Entry<String, Sum> each : run.ops().entrySet()) {
      Sum sum = each.getValue();
      double milliseconds = sum.nanos() * 1e-6;
      rest -= milliseconds;
      lines.add(
          new Line(
              each.getKey(),
              sum.calls(),
              milliseconds,
              sum.cost().gflops(milliseconds),
              sum.cost().gigabytesPerSecond(milliseconds),
              roof.shareOfPeak(sum.cost(), milliseconds),
              roof.shareOfRoofline(sum.cost(), milliseconds),
              milliseconds / run.milliseconds()));
    }
    lines.sort(Comparator.comparingDouble(Line::milliseconds).reversed());
    lines.add(new Line(BETWEEN, 1, rest, null, null, null, null, rest / run.milliseconds()));
    return new Breakdown(cell, run.milliseconds(), lines);
  }

  /**
   * Observes the ops of a backend until the returned one is closed; the other stays open. Tasks run
   * one after the other, so that the ops' times add up.
   */
  static Backend observed(Backend backend, OpRunner.Observer observer) {
    backend.observe(observer);
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getName().equals("forEach")) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
          }
          if (method.getName().equals("close")) {
            backend.observe(null);
            return null;
          }
          try {
            return method.invoke(backend, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    Class<?>[] type = {Backend.class};
    return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), type, handler);
  }
}
