package io.github.deit4j.bench.cases;

import io.github.deit4j.device.Backend;
import java.util.Optional;
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
  Workload open(OpCase op, Backend backend, int threads) throws Exception;

  /**
   * Makes the reference of a case ready, once it has shown that it computes the same.
   *
   * @throws IllegalArgumentException as {@link #open}, and if the case has no reference
   * @throws IllegalStateException if it computes something else
   */
  default Workload openChecked(OpCase op, Backend backend, int threads) throws Exception {
    if (op.reference() == null) {
      throw new IllegalArgumentException(op.name() + " has no reference in other libraries");
    }
    Workload reference = open(op, backend, threads);
    float[] found = reference.check();
    op.call().accept(backend);
    Peer.requireSame(op.name() + " of " + name(), backend.toArray(op.result()), found);
    return reference;
  }

  /** Returns the library of that name, if it is on the class path. */
  static Optional<ReferenceLibrary> named(String name) {
    return ServiceLoader.load(ReferenceLibrary.class).stream()
        .map(Provider::get)
        .filter(each -> each.name().equals(name))
        .findFirst();
  }
}
