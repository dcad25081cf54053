package io.github.deit4j.cuda.device;

import io.github.deit4j.bindings.cuda.Cuda;
import io.github.deit4j.cuda.device.Transfers.Arrival;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.device.Precision;
import io.github.deit4j.op.OpRunner.Readback;
import io.github.deit4j.op.RecordedStep;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Region;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import io.github.deit4j.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * A device at work for one backend: its context, the stream that all work goes to in order,
 * kernels, matrix products and copies. May be used from several threads; the work is queued in the
 * order of the calls. Nothing here waits for the device but {@link #read}, {@link Readback#await},
 * {@link #synchronize} and {@link #close}; failures of kernels come to light there.
 */
public final class CudaContext implements Closing.Closeable {
  /** From here on there are BF16 and TF32. */
  private static final int OLDEST_MAJOR = 8;

  private static final boolean SYNCHRONOUS = Boolean.getBoolean("deit4j.cuda.synchronous");

  private final DeviceInfo info;
  private final CudaLibraries libraries;
  private final Collection<DeviceMemory> memories = new ConcurrentLinkedQueue<>();
  private final Closing closing = new Closing();
  private final KernelCache cache = KernelCache.ofUser();
  private final Map<String, Map<String, Kernel>> kernels = new HashMap<>();
  private final Primary primary;
  private final CudaStream stream;
  private final KernelCompiler compiler;
  private final Transfers transfers;
  private final StepRecorder recorder;
  private final MatrixProduct matrixProduct;
  private String lastKernel = "none";
  private boolean closed;

  /**
   * Opens a device.
   *
   * @param ordinal its number, from 0
   * @throws DeviceException.NotFound if the driver, cuBLAS, NVRTC or the device is not there
   * @throws DeviceException.Incompatible if one of them is too old, or two do not go together
   * @throws DeviceException.OutOfMemory if the device has no memory left
   * @throws DeviceException.Failed if a call fails
   */
  public CudaContext(int ordinal, Precision precision) {
    CudaLibraries.loadDriver();
    info = requireFit(DeviceInfo.require(ordinal));
    libraries = CudaLibraries.load();
    compiler = new KernelCompiler(info, libraries.nvrtc());
    try {
      primary = closing.add(new Primary(info));
      primary.makeCurrent();
      stream = new CudaStream(closing);
      transfers = new Transfers(this, closing);
      recorder = new StepRecorder(this, transfers);
      matrixProduct = new MatrixProduct(this, precision == Precision.TF32, closing);
    } catch (RuntimeException e) {
      throw closing.after(e);
    }
  }

  private static DeviceInfo requireFit(DeviceInfo device) {
    if (device.major() < OLDEST_MAJOR) {
      throw new DeviceException.Incompatible(
          "%s (%s) has compute capability %d.%d, expected %d.0 or newer (Ampere); use another device"
              .formatted(
                  device.key(), device.name(), device.major(), device.minor(), OLDEST_MAJOR));
    }
    return device;
  }

  /** Returns the device's name, such as {@code cuda:0}. */
  public String device() {
    return info.key();
  }

  public DeviceInfo info() {
    return info;
  }

  public CudaLibraries libraries() {
    return libraries;
  }

  /** Returns the stream that all work goes to. */
  CudaStream stream() {
    return stream;
  }

  public MatrixProduct matrixProduct() {
    return matrixProduct;
  }

  /** Opens an arena on the device; it may be closed after this. */
  public TensorArena arena(String name, long limit) {
    return arena(name, limit, _ -> {});
  }

  /** The same, which tells what is about to be freed when it is closed. */
  public TensorArena arena(String name, long limit, Consumer<Region.Device> freed) {
    Consumer<Region.Device> afterAll =
        chunk -> {
          flush(); // what is noted may work on it
          freed.accept(chunk);
        };
    return new TensorArena(name, limit, new DeviceMemory(name, info, memories, afterAll));
  }

  /** Returns a tensor's memory on the device, as libraries take it. */
  MemorySegment pointer(Tensor x) {
    return MemorySegment.ofAddress(x.address(device()));
  }

  DeviceMemory memory(String name) {
    return new DeviceMemory(name, info, memories, _ -> {});
  }

  /**
   * Returns a kernel, compiled and loaded at the first call for its file.
   *
   * @param file name of the {@code .cu} file, without ending
   * @param name of the function
   * @throws IllegalArgumentException if the file has none of this name
   */
  public synchronized Kernel kernel(String file, String name) {
    makeCurrent();
    Map<String, Kernel> all = kernels.computeIfAbsent(file, this::load);
    Kernel kernel = all.get(name);
    if (kernel == null) {
      throw new IllegalArgumentException(
          "%s.cu has no kernel %s, but %s".formatted(file, name, all.keySet()));
    }
    return kernel;
  }

  /**
   * The same of the file's source in which activations have the given type.
   *
   * @param activations F32, or BF16 in a file that has activations
   */
  public Kernel kernel(String file, DType activations, String name) {
    return activations == DType.BF16
        ? kernel(KernelSource.bfloat16(file), name + "Bfloat16")
        : kernel(file, name);
  }

  private Map<String, Kernel> load(String file) {
    KernelSource source = KernelSource.of(file);
    return Kernel.load(this, source, cache.get(source, compiler), closing);
  }

  /**
   * Begins a step whose work is noted, and given to the device when it is launched: as one graph if
   * it is the same as one before. One at a time; while work is waited for kernel by kernel, or each
   * tensor is an allocation of its own, no step is noted.
   *
   * @param dropped runs if it ends without being launched, so that what was noted is never done
   */
  public synchronized RecordedStep recordStep(Runnable dropped) {
    makeCurrent();
    return SYNCHRONOUS || DeviceMemory.separate() ? RecordedStep.NONE : recorder.begin(dropped);
  }

  /** Appends work to the stream, or to the step that is noted, with lock held. */
  void submit(Command command) {
    recorder.submit(command);
  }

  /** Gives the device what is noted of a step so far, for what cannot be part of that. */
  synchronized void flush() {
    if (!closed) {
      recorder.flush();
    }
  }

  /**
   * Returns numbers of the host on the device, for the step that is noted.
   *
   * @return null if none is, or it has no room left
   */
  public synchronized Tensor numbers(DType dtype, Shape shape, MemorySegment numbers) {
    return recorder.numbers(dtype, shape, numbers);
  }

  /** Copies host memory, of any kind, to a tensor of the same size in bytes. */
  public void write(Tensor to, MemorySegment from) {
    write(to, List.of(from));
  }

  /** Copies pieces of host memory, together of a tensor's size, one after the other. */
  public synchronized void write(Tensor to, List<MemorySegment> from) {
    makeCurrent();
    if (!recorder.write(to, from)) {
      recorder.beforeWrite();
      transfers.write(to, from);
    }
  }

  /** Waits for the work and copies a tensor to host memory of the same size in bytes. */
  public synchronized void read(MemorySegment to, Tensor from) {
    makeCurrent();
    recorder.flush();
    transfers.read(to, from);
  }

  /** Copies a tensor as it is by now to host memory of the same size, which is waited for later. */
  public synchronized Readback readLater(MemorySegment to, Tensor from) {
    makeCurrent();
    Arrival arrival = transfers.arrival(to);
    Tensor[] copy = new Tensor[1];
    copy[0] = recorder.copyForLater(from, () -> transfers.queue(arrival, copy[0]));
    if (copy[0] == null) {
      recorder.flush();
      transfers.queue(arrival, from);
    }
    return arrival;
  }

  /** Copies a tensor to another of the same size in bytes. */
  public synchronized void copy(Tensor to, Tensor from) {
    makeCurrent();
    transfers.copy(to, from);
  }

  /**
   * Waits for all work.
   *
   * @throws DeviceException.Failed if it has failed
   */
  public synchronized void synchronize() {
    makeCurrent();
    recorder.flush();
    awaitWork();
  }

  /** As {@link #synchronize}, with lock held and context current. */
  void awaitWork() {
    stream.synchronize(work());
  }

  /** Returns what is waited for, as a message about its failure begins. */
  String work() {
    return "%s: work up to kernel %s; -Ddeit4j.cuda.synchronous=true finds the one that fails"
        .formatted(device(), lastKernel);
  }

  /**
   * Makes the context the calling thread's, before each group of calls of the driver.
   *
   * @throws IllegalStateException if this is closed
   */
  void makeCurrent() {
    if (closed) {
      throw new IllegalStateException(
          "backend %s is closed: use it before, or select another".formatted(device()));
    }
    primary.makeCurrent();
  }

  /** Notes what was launched; to find a kernel that fails, each is waited for on request. */
  void launched(String kernel) {
    lastKernel = kernel;
    if (SYNCHRONOUS) {
      stream.synchronize("%s: kernel %s".formatted(device(), kernel));
    }
  }

  /** Waits for the work and frees everything but the arenas. Closing again does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      closing.undo(recorder::close);
      closing.undo(transfers::finish);
      closing.undo(this::awaitWork);
      closing.undo(primary::makeCurrent);
      closing.close();
    }
  }

  /**
   * A claim on the context that all users of a device in this process share. The driver counts the
   * claims and keeps the context, and all that lives in it, until the last one is closed.
   */
  static final class Primary implements Closing.Closeable {
    private final DeviceInfo device;
    private final MemorySegment handle;

    /** Makes a claim. */
    Primary(DeviceInfo device) {
      this.device = device;
      this.handle =
          Driver.handle(
              device.key() + ": cuDevicePrimaryCtxRetain",
              to -> Cuda.cuDevicePrimaryCtxRetain(to, device.handle()));
    }

    /** Makes it the calling thread's. Cheap; done before every group of calls, from any thread. */
    void makeCurrent() {
      Driver.check("cuCtxSetCurrent", Cuda.cuCtxSetCurrent(handle));
    }

    @Override
    public void close() {
      Driver.check(
          device.key() + ": cuDevicePrimaryCtxRelease",
          Cuda.cuDevicePrimaryCtxRelease_v2(device.handle()));
    }
  }
}
