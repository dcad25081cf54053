package io.github.deit4j.bench.cases;

import io.github.deit4j.device.Backend;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.ServiceLoader;
import java.util.ServiceLoader.Provider;

/**
 * A library that computes references. {@code bench/peers} has some, which are found where its jar
 * and the libraries are on the class path.
 */
public interface ReferenceLibrary {
  /** Returns the library's name, such as {@code pytorch}. */
  String name();

  /**
   * Makes ready to compute the reference of a case, on copies of its tensors.
   *
   * @return {@link Workload#check} gives the numbers of the result, in our layout
   * @throws IllegalArgumentException if the library has no such function
   */
  Workload open(OpCase op, Backend backend, int threads);

  /**
   * Makes the reference of a case ready, once it has shown that it computes the same.
   *
   * @throws IllegalArgumentException as {@link #open}
   * @throws IllegalStateException if it computes something else
   */
  default Workload openChecked(OpCase op, Backend backend, int threads) {
    Workload reference = open(op, backend, threads);
    float[] found = reference.check();
    op.call().accept(backend);
    Peer.requireSame(op.name() + " of " + name(), backend.toArray(op.result()), found);
    return reference;
  }

  /** Returns those on the class path. */
  static List<ReferenceLibrary> all() {
    return ServiceLoader.load(ReferenceLibrary.class).stream().map(Provider::get).toList();
  }

  /**
   * What an op computes, said with functions that other libraries have, for those who compute the
   * same with other means.
   *
   * @param function the outermost, by its name in PyTorch where it has one there; one that updates
   *     tensors gives the first of them
   * @param operands tensors of ours, lists of them, numbers, other references; some may be null
   */
  record Reference(String function, List<Object> operands) {
    static Reference of(String function, Object... operands) {
      return new Reference(function, Collections.unmodifiableList(Arrays.asList(operands)));
    }

    public Object at(int index) {
      return operands.get(index);
    }

    /** Returns an operand that is a number. */
    public double number(int index) {
      return ((Number) operands.get(index)).doubleValue();
    }
  }
}
