package io.github.deit4j.bench.cases;

import io.github.deit4j.bench.measure.Ceilings.Ceiling;
import io.github.deit4j.bench.measure.Ceilings.Ceiling.Kind;
import io.github.deit4j.bench.measure.Cell;
import io.github.deit4j.bench.measure.Cell.Section;
import io.github.deit4j.bench.measure.Contest;
import io.github.deit4j.bench.measure.Contest.Contender;
import io.github.deit4j.bench.measure.Contest.Effort;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Backends;
import io.github.deit4j.device.Precision;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What computes.
 *
 * @param backend {@code cpu}, {@code openblas}, {@code cuda:0} or {@code peer:NAME}
 * @param device whether it has memory and ceilings of its own
 */
public record Contestant(String backend, Precision precision, boolean device) {
  /** Our kernels on the host. */
  public static final Contestant CPU = onHost("cpu");

  /** Returns one that works on the host's processor in float32. */
  public static Contestant onHost(String backend) {
    return new Contestant(backend, Precision.FP32, false);
  }

  /** Returns the one that is an open backend. */
  public static Contestant of(Backend backend, Precision precision) {
    return new Contestant(backend.name(), precision, isDevice(backend));
  }

  /** Returns whether the backend has memory of its own, to which images are copied. */
  static boolean isDevice(Backend backend) {
    return Backends.provider(backend.name()).stream()
        .anyMatch(provider -> !provider.capabilities().onHost());
  }

  /** Returns whether all but its matrix products is what our kernels on the host do too. */
  public boolean hasOwnProductsOnly() {
    return Backends.provider(backend).stream()
        .anyMatch(provider -> provider.capabilities().ownProductsOnly());
  }

  /** Opens the backend; the caller closes it. */
  public Backend open(int threads) {
    return Backends.select(backend, threads, precision).backend();
  }

  /**
   * Measures the limits of a device as a backend can reach them: arithmetic in one large product,
   * memory in an addition of large tensors, and copies from and to the host's heap. Memory and
   * copies only for {@link Precision#FP32}, as they depend on none.
   *
   * @param edge rows and columns of the product
   */
  public List<Ceiling> ceilings(Effort effort, int edge) {
    List<Ceiling> found = new ArrayList<>();
    try (Backend device = open(1);
        TensorArena arena = device.arena("ceilings", Long.MAX_VALUE)) {
      Tensor x = BenchmarkData.tensor(device, arena, edge, edge);
      Tensor w = BenchmarkData.tensor(device, arena, edge, edge);
      Tensor bias = BenchmarkData.tensor(device, arena, edge);
      Tensor product = arena.allocate(edge, edge);
      double flop = 2.0 * edge * edge * edge;
      Runnable multiply = () -> device.linear().linear(product, x, w, bias);
      found.add(ceiling(Kind.ARITHMETIC, flop, device, effort, multiply));
      if (precision == Precision.FP32) {
        int count = Math.toIntExact(effort.streamBytes() / Float.BYTES);
        Tensor a = BenchmarkData.tensor(device, arena, count);
        Tensor b = BenchmarkData.tensor(device, arena, count);
        Tensor y = arena.allocate(count);
        MemorySegment host = MemorySegment.ofArray(new float[count]);
        double bytes = (double) Float.BYTES * count;
        Runnable add = () -> device.elementwise().add(y, a, b);
        found.add(ceiling(Kind.MEMORY, 3 * bytes, device, effort, add));
        found.add(ceiling(Kind.UPLOAD, bytes, device, effort, () -> device.write(y, host)));
        found.add(ceiling(Kind.DOWNLOAD, bytes, device, effort, () -> device.read(host, y)));
      }
    }
    return found;
  }

  private Ceiling ceiling(Kind kind, double amount, Backend device, Effort effort, Runnable work) {
    Contender contender = Contender.of(work, device::synchronize);
    double milliseconds = Contest.run(effort, List.of(contender)).getFirst().best();
    return new Ceiling(backend, kind, precision, 1, amount / milliseconds * 1e-6);
  }

  /** Returns whether it is another library, in a process of its own. */
  public boolean isPeer() {
    return backend.startsWith(Peer.PREFIX);
  }

  public Cell cell(
      Section section, String model, String op, int batch, List<Integer> shape, int threads) {
    return new Cell(section, backend, precision, model, op, batch, shape, threads, device);
  }

  /** Returns the name, with the precision of a device, or where it is not float32. */
  @Override
  public String toString() {
    return device || precision != Precision.FP32 ? backend + " " + precision.key() : backend;
  }
}
