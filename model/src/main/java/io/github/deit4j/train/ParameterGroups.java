package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import io.github.deit4j.device.Backend;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.util.List;
import java.util.Map;

/**
 * Which parameters weight decay touches, as in timm: not those with one dimension, biases, position
 * embedding and class token. The oldest timm decays the distillation token, newer ones do not.
 *
 * @param decayed parameters with weight decay
 * @param undecayed parameters without
 */
public record ParameterGroups(List<Parameter> decayed, List<Parameter> undecayed) {
  /** Divides parameters into the two groups, keeping their order. */
  public static ParameterGroups of(List<Parameter> parameters, boolean decayDistToken) {
    return new ParameterGroups(
        parameters.stream().filter(p -> decays(p, decayDistToken)).toList(),
        parameters.stream().filter(p -> !decays(p, decayDistToken)).toList());
  }

  private static boolean decays(Parameter parameter, boolean decayDistToken) {
    return switch (parameter.name()) {
      case "pos_embed", "cls_token" -> false;
      case "dist_token" -> decayDistToken;
      default -> parameter.value().shape().rank() > 1 && !parameter.name().endsWith(".bias");
    };
  }

  /** Adds a tensor of zeros for each parameter to an optimizer's state, named by the prefix too. */
  void addZeros(Map<String, Tensor> state, String prefix, Backend backend, TensorArena arena) {
    for (List<Parameter> group : List.of(decayed, undecayed)) {
      for (Parameter parameter : group) {
        Tensor tensor = arena.allocate(parameter.value().dtype(), parameter.value().shape());
        backend.fill(tensor, 0f);
        state.put(prefix + parameter.name(), tensor);
      }
    }
  }
}
