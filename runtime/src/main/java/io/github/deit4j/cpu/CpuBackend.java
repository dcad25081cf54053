package io.github.deit4j.cpu;

import io.github.deit4j.cpu.gemm.OpenBlasGemm;
import io.github.deit4j.cpu.kernel.KernelWarmUp;
import io.github.deit4j.cpu.kernel.Kernels;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.OpFamilies;
import io.github.deit4j.tensor.HostMemory;
import io.github.deit4j.tensor.Region;
import io.github.deit4j.tensor.TensorArena;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * The backend of the host processor. Its ops are cut into tasks for a {@link ThreadTeam}; the
 * {@link Kernels} do the arithmetic. May be used from several threads at once, on different
 * outputs.
 */
public final class CpuBackend implements Backend {
  private static final long INFERENCE_NUMBERS = 4 * 3 * 224 * 224;

  private final String name;
  private final CpuRunner cpu;
  private final OpFamilies families;
  private final Supplier<TensorArena.ChunkSource> memory;

  /**
   * Starts a backend with the fastest kernels of this JVM.
   *
   * @param threads how many threads share each op, the caller included
   */
  public CpuBackend(int threads) {
    this(threads, Precision.FP32);
  }

  /**
   * Starts a backend with the fastest kernels of this JVM.
   *
   * @param threads how many threads share each op, the caller included
   * @param precision of linear layers and attention: {@link Precision#BF16} or float32
   */
  public CpuBackend(int threads, Precision precision) {
    this(threads, precision == Precision.BF16 ? Kernels.bestBf16() : Kernels.best());
  }

  /** Starts a backend with the given kernels. */
  public CpuBackend(int threads, Kernels kernels) {
    this("cpu", threads, kernels);
  }

  private CpuBackend(String name, int threads, Kernels kernels) {
    this(name, new CpuRunner(kernels, new ThreadTeam(threads), true), HostMemory::new);
  }

  private CpuBackend(String name, CpuRunner cpu, Supplier<TensorArena.ChunkSource> memory) {
    this.name = name;
    this.cpu = cpu;
    this.memory = memory;
    CpuLinear linear = new CpuLinear(cpu);
    this.families =
        new OpFamilies(
            cpu,
            linear,
            new CpuNormalization(cpu),
            new CpuAttention(cpu, linear),
            new CpuConvolution(cpu),
            new CpuPixels(cpu),
            new CpuElementwise(cpu),
            new CpuLoss(cpu),
            new CpuOptimizer(cpu));
  }

  /**
   * Starts a backend with the fastest kernels of this JVM, but the matrix product of OpenBLAS,
   * which {@link io.github.deit4j.bindings.NativeLibraries#openBlas()} has loaded.
   *
   * @param threads how many threads share each op, the caller included
   */
  public static CpuBackend withOpenBlas(int threads) {
    Kernels own = Kernels.best();
    var gemm = new OpenBlasGemm(own.gemm());
    return new CpuBackend("openblas", threads, own.withGemm(gemm.description(), gemm));
  }

  @Override
  public Optional<Backend> withoutMemory(LongConsumer reserved) {
    var idle = new CpuRunner(cpu.kernels, new ThreadTeam(1), false);
    return Optional.of(new CpuBackend("nothing", idle, () -> new NoMemory(reserved)));
  }

  /** Addresses that nothing lies at. */
  private record NoMemory(LongConsumer reserved) implements TensorArena.ChunkSource {
    @Override
    public Region allocate(long bytes) {
      reserved.accept(bytes);
      return new Region.Device("nothing", 0, bytes);
    }

    @Override
    public void close() {}
  }

  /**
   * Starts a backend for a short job, such as a single image, with {@link Kernels#plain()}: the
   * same bits, sooner.
   *
   * @param threads how many threads share each op, the caller included
   * @param precision of linear layers and attention: {@link Precision#BF16} or float32
   */
  public static CpuBackend quickStart(int threads, Precision precision) {
    boolean bf16 = precision == Precision.BF16;
    return new CpuBackend(threads, bf16 ? Kernels.plainBf16() : Kernels.plain());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    int threads = cpu.team.size();
    return "%s: %s kernels, %d thread%s"
        .formatted(name, cpu.kernels.description(), threads, threads == 1 ? "" : "s");
  }

  @Override
  public void warmUp() {
    KernelWarmUp.run(cpu.kernels, cpu.team);
  }

  @Override
  public TensorArena arena(String name, long limit) {
    cpu.requireOpen();
    return new TensorArena(name, limit, memory.get());
  }

  @Override
  public OpFamilies families() {
    return families;
  }

  /**
   * About four images of 224 pixels, and no more than a thread's share: the fewer, the nearer are
   * their activations; the more, the fewer times each thread reads all weights from memory.
   */
  @Override
  public int inferenceSlice(int batch, long numbers) {
    long most = Math.min(INFERENCE_NUMBERS / numbers, batch / cpu.team.size());
    return (int) Math.max(1, most);
  }

  @Override
  public void forEach(int tasks, IntConsumer task) {
    cpu.team.forEach(tasks, task);
  }

  @Override
  public void close() {
    cpu.close(name);
    cpu.team.close();
  }
}
