package io.github.deit4j.train;

import io.github.deit4j.autograd.Parameter;
import java.util.List;

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
}
