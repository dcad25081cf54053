package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.backend.Backend;
import io.github.deit4j.deit.DeiT;
import java.util.List;

/**
 * An exponential moving average of a model's parameters, kept as a model of its own so that it can
 * be evaluated: {@code average ← decay·average + (1 − decay)·parameter} after every step.
 */
public final class Ema implements AutoCloseable {
  private final Backend backend;
  private final DeiT model;
  private final DeiT average;
  private final double decay;

  /** Starts with a copy of the model. */
  public Ema(Backend backend, DeiT model, double decay) {
    this.backend = backend;
    this.model = model;
    this.average = new DeiT(backend, model.config(), false, 0);
    this.decay = decay;
    List<Parameter> sources = model.parameters();
    List<Parameter> targets = average.parameters();
    for (int i = 0; i < sources.size(); i++) {
      backend.copy(targets.get(i).value(), sources.get(i).value());
    }
  }

  /** Takes the model's parameters into the average. */
  public void update() {
    List<Parameter> sources = model.parameters();
    List<Parameter> targets = average.parameters();
    for (int i = 0; i < sources.size(); i++) {
      backend.ema(targets.get(i).value(), sources.get(i).value(), decay);
    }
  }

  /** Returns the averaged model, owned by this object. */
  public DeiT average() {
    return average;
  }

  /** Frees the average. */
  @Override
  public void close() {
    average.close();
  }
}
