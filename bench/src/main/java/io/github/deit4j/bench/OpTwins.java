package io.github.deit4j.bench;

import io.github.deit4j.device.Backend;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.ServiceLoader.Provider;

/**
 * A library's own way to compute what a backend's ops compute. {@code bench/peers} has some, which
 * are found where its jar and the libraries are on the class path.
 */
public interface OpTwins {
  /** Returns the library's name, such as {@code pytorch}. */
  String name();

  /**
   * Makes ready to do the same as a call, on copies of its operands.
   *
   * @param call what is done; its operands are the backend's and stay as they are
   * @param threads how many the library may use
   * @return {@link Workload#check} gives the numbers of the op's main result; empty if the library
   *     draws or returns something else
   * @throws IllegalArgumentException if the library has no such op
   */
  Workload open(OpCall call, Backend backend, int threads) throws Exception;

  /**
   * Makes a twin of a case ready, once it has shown that it computes the same.
   *
   * @throws IllegalArgumentException as {@link #open}
   * @throws IllegalStateException if it computes something else
   */
  default Workload openChecked(OpCase op, Backend backend, int threads) throws Exception {
    OpCall call = op.observed(backend);
    Workload twin = open(call, backend, threads);
    float[] found = twin.check();
    op.call().accept(backend);
    float[] expected = found.length == 0 ? found : backend.toArray(call.result());
    if (!PeerProcess.agree(expected, found)) {
      twin.close();
      throw new IllegalStateException(
          "%s of %s computes something else: expected %s, found %s"
              .formatted(
                  op.name(),
                  name(),
                  PeerProcess.beginning(expected),
                  PeerProcess.beginning(found)));
    }
    return twin;
  }

  /** Returns the twins of that name, if they are on the class path. */
  static Optional<OpTwins> named(String name) {
    List<OpTwins> all = ServiceLoader.load(OpTwins.class).stream().map(Provider::get).toList();
    return all.stream().filter(each -> each.name().equals(name)).findFirst();
  }
}
