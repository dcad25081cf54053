package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.nn.Model;
import io.github.deit4j.op.OptimizerOps.Following;
import io.github.deit4j.tensor.Tensor;
import java.util.List;
import java.util.Map;
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
  private final Map<String, Tensor> averages;

  /** Starts with a copy of the model. */
  public Ema(Backend backend, Model model, double decay) {
    this.backend = backend;
    this.model = model;
    this.average = model.config().create(backend, false, 0);
    this.decay = decay;
    this.averages = average.tensors();
    try {
      Stream.of(model.parameters(), model.buffers())
          .flatMap(List::stream)
          .forEach(source -> backend.copy(of(source), source.value()));
    } catch (RuntimeException | Error e) {
      average.close();
      throw e;
    }
  }

  /** Takes the model's parameters and buffers into the average; frozen ones are there already. */
  public void update() {
    take(model.parameters().stream().filter(Parameter::trainable).toList());
    updateBuffers();
  }

  /** Takes the buffers alone, where an optimizer has seen to the parameters. */
  void updateBuffers() {
    take(model.buffers());
  }

  private void take(List<Parameter> sources) {
    List<Following> averages =
        sources.stream().map(each -> new Following(of(each), each.value())).toList();
    backend.optimizer().ema(averages, decay);
  }

  /** Returns the average of one of the model's parameters. */
  Tensor of(Parameter parameter) {
    return averages.get(parameter.name());
  }

  double decay() {
    return decay;
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
