package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.backend.Backend;
import io.github.deit4j.nn.Model;
import java.util.List;
import java.util.stream.Stream;

/**
 * An exponential moving average of a model's parameters and buffers, kept as a model of its own so
 * that it can be evaluated: {@code average ← decay·average + (1 − decay)·parameter} after every
 * step.
 */
public final class Ema implements AutoCloseable {
  private final Backend backend;
  private final Model model;
  private final Model average;
  private final double decay;

  /** Starts with a copy of the model. */
  public Ema(Backend backend, Model model, double decay) {
    this.backend = backend;
    this.model = model;
    this.average = model.config().create(backend, false, 0);
    this.decay = decay;
    List<Parameter> sources = all(model);
    List<Parameter> targets = all(average);
    for (int i = 0; i < sources.size(); i++) {
      backend.copy(targets.get(i).value(), sources.get(i).value());
    }
  }

  private static List<Parameter> all(Model model) {
    return Stream.concat(model.parameters().stream(), model.buffers().stream()).toList();
  }

  /** Takes the model's parameters into the average. */
  public void update() {
    List<Parameter> sources = all(model);
    List<Parameter> targets = all(average);
    for (int i = 0; i < sources.size(); i++) {
      backend.ema(targets.get(i).value(), sources.get(i).value(), decay);
    }
  }

  /** Returns the averaged model, owned by this object. */
  public Model average() {
    return average;
  }

  /** Frees the average. */
  @Override
  public void close() {
    average.close();
  }
}
