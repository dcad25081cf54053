/** Tensors, kernels, backends and automatic differentiation. */
module io.github.deit4j.runtime {
  requires jdk.incubator.vector;
  requires io.github.deit4j.bindings;

  exports io.github.deit4j.autograd;
  exports io.github.deit4j.backend;
  exports io.github.deit4j.random;
  exports io.github.deit4j.tensor;
}
