package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.List;
import java.util.Map;

/** Makes the tensors that an optimizer keeps beside each parameter. */
final class OptimizerState {
  private OptimizerState() {}

  /** Adds a tensor of zeros for each parameter, named {@code prefix + parameter}. */
  static void add(
      Map<String, Tensor> state,
      String prefix,
      ParameterGroups groups,
      Backend backend,
      TensorArena arena) {
    for (List<Parameter> group : List.of(groups.decayed(), groups.undecayed())) {
      for (Parameter parameter : group) {
        Tensor tensor = arena.allocate(parameter.value().dtype(), parameter.value().shape());
        backend.fill(tensor, 0f);
        state.put(prefix + parameter.name(), tensor);
      }
    }
  }
}
