package io.github.deit4j.cuda.device;

import io.github.deit4j.op.RecordedStep;
import io.github.deit4j.tensor.DType;
import io.github.deit4j.tensor.Shape;
import io.github.deit4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Notes the commands of a step and gives them to the device when it ends. A step that comes for the
 * first time is done command by command; the second time it is captured as a {@link CudaGraph}, and
 * launched as one from then on.
 *
 * <p>What a graph does is fixed, so a step must be known to be the same. It is compared: the host
 * goes through every step, notes what it would do, and launches a graph only if that is, command by
 * command and address by address, what the graph holds. So no graph is ever out of date, and
 * whatever makes a step differ (another size, memory that moved, another rate of decay) is a step
 * of its own. What differs every time must not stand in commands: numbers that the host gives to
 * kernels and tensors lie in {@link StepMemory}, which is copied before each launch.
 *
 * <p>What cannot be noted, because the host needs a result, ends the noting: what there is so far
 * is done, and the rest of the step as it comes ({@link #flush}). So does an op of another thread.
 * Where some steps on end go like this, no more are noted.
 *
 * <p>The caller holds the context's lock, and has made it current where work is given to the
 * device.
 */
final class StepRecorder implements Closing.Closeable {
  private static final int FIRST_BYTES = 4 << 20;
  private static final int MOST_BYTES = 64 << 20;

  /** Steps that are told apart: with mixed images and without, say. */
  private static final int MOST_KNOWN = 8;

  /** So many steps on end that could not be noted to their ends are enough. */
  private static final int MOST_BROKEN = 4;

  private final CudaContext context;
  private final Transfers transfers;

  /** Steps of late, those that were seen once without a graph; the one used last at the end. */
  private final Map<List<Command>, Optional<CudaGraph>> known =
      new LinkedHashMap<>(MOST_KNOWN, 0.75f, true);

  /** Null before the first step. */
  private StepMemory memory;

  /** What is noted; null where ops are done as they come. */
  private List<Command> commands;

  /** What follows on the commands. */
  private final List<Runnable> afterwards = new ArrayList<>();

  /** Counts the steps. */
  private long number;

  /** Whose ops are noted. */
  private Thread owner;

  /** How many bytes of numbers this step would have liked to have. */
  private long wanted;

  private int brokenOnEnd;

  StepRecorder(CudaContext context, Transfers transfers) {
    this.context = context;
    this.transfers = transfers;
  }

  /**
   * Begins a step of the calling thread.
   *
   * @param dropped runs if it is not launched
   */
  RecordedStep begin(Runnable dropped) {
    if (commands != null || brokenOnEnd >= MOST_BROKEN) {
      return RecordedStep.NONE;
    }
    if (memory == null) {
      memory = new StepMemory(context, FIRST_BYTES);
    } else if (wanted > memory.bytes() && wanted <= MOST_BYTES) {
      forgetGraphs();
      memory.close();
      memory = null;
      memory = new StepMemory(context, Math.toIntExact(Long.highestOneBit(wanted - 1) << 1));
    }
    memory.clear();
    wanted = 0;
    afterwards.clear();
    commands = new ArrayList<>();
    owner = Thread.currentThread();
    return new Recording(++number, dropped);
  }

  /** What is at hand from {@link #begin} on. */
  private final class Recording implements RecordedStep {
    private final long own;
    private final Runnable dropped;

    Recording(long own, Runnable dropped) {
      this.own = own;
      this.dropped = dropped;
    }

    private boolean isNoted() {
      return commands != null && number == own;
    }

    @Override
    public void launch() {
      synchronized (context) {
        if (isNoted()) {
          context.makeCurrent();
          brokenOnEnd = 0;
          List<Command> step = List.copyOf(commands);
          commands = null;
          StepRecorder.this.launch(step);
        }
      }
    }

    @Override
    public void close() {
      synchronized (context) {
        if (isNoted()) {
          commands = null;
          afterwards.clear();
          dropped.run();
        }
      }
    }
  }

  /** Returns whether ops of the calling thread are noted. */
  private boolean isNoting() {
    return commands != null && Thread.currentThread() == owner;
  }

  /** Notes a command, or issues it. */
  void submit(Command command) {
    if (isNoting()) {
      commands.add(command);
    } else {
      flush();
      command.issue();
    }
  }

  /**
   * Returns memory with numbers of the host for the step that is noted.
   *
   * @return null if none is noted, or it has no room for them
   */
  Tensor numbers(DType dtype, Shape shape, MemorySegment numbers) {
    return numbers(dtype, shape, List.of(numbers));
  }

  private Tensor numbers(DType dtype, Shape shape, List<MemorySegment> numbers) {
    Tensor tensor = place(dtype, shape);
    if (tensor != null) {
      memory.put(tensor, context.device(), numbers);
    }
    return tensor;
  }

  private Tensor place(DType dtype, Shape shape) {
    if (!isNoting()) {
      return null;
    }
    long bytes = shape.elements() * dtype.bytes();
    wanted += Math.ceilDiv(bytes, 64) * 64;
    return memory.hasRoom(bytes) ? memory.allocate(context.device(), dtype, shape) : null;
  }

  /** Notes that a tensor is written, from the host; returns whether that could be. */
  boolean write(Tensor to, List<MemorySegment> from) {
    // What comes before all commands need not be part of them: the images of a batch.
    if (!isNoting() || commands.isEmpty()) {
      return false;
    }
    if (to.elements() == 0) {
      return true;
    }
    Tensor numbers = numbers(to.dtype(), to.shape(), from);
    if (numbers != null) {
      transfers.copy(to, numbers);
    }
    return numbers != null;
  }

  /** Does what is noted before a write that could not be, unless nothing is. */
  void beforeWrite() {
    if (commands != null && !commands.isEmpty()) {
      flush();
    }
  }

  /**
   * Returns a copy of a tensor as it is by now in the step's memory, from where it may be read when
   * the step has been given to the device.
   *
   * @param queued runs then
   * @return null if no step is noted, or it has no room
   */
  Tensor copyForLater(Tensor from, Runnable queued) {
    Tensor copy = place(from.dtype(), from.shape());
    if (copy != null) {
      transfers.copy(copy, from);
      afterwards.add(queued);
    }
    return copy;
  }

  /** Gives what is noted to the device; the rest of the step is done as it comes. */
  void flush() {
    if (commands != null) {
      List<Command> step = commands;
      commands = null;
      brokenOnEnd++;
      context.makeCurrent();
      memory.upload(transfers);
      step.forEach(Command::issue);
      finish();
    }
  }

  private void launch(List<Command> step) {
    memory.upload(transfers);
    Optional<CudaGraph> graph = known.get(step);
    if (graph == null) {
      step.forEach(Command::issue);
      keep(step, Optional.empty());
    } else {
      if (graph.isEmpty()) {
        graph = Optional.of(new CudaGraph(context.stream(), step));
        keep(step, graph);
      }
      graph.get().launch();
      context.launched("of a graph of %,d".formatted(step.size()));
    }
    finish();
  }

  private void finish() {
    List<Runnable> all = List.copyOf(afterwards);
    afterwards.clear();
    all.forEach(Runnable::run);
  }

  private void keep(List<Command> step, Optional<CudaGraph> graph) {
    known.put(step, graph);
    if (known.size() > MOST_KNOWN) {
      var oldest = known.entrySet().iterator().next();
      known.remove(oldest.getKey());
      oldest.getValue().ifPresent(CudaGraph::close);
    }
  }

  private void forgetGraphs() {
    var closing = new Closing();
    known.values().forEach(graph -> graph.ifPresent(closing::add));
    known.clear();
    closing.close();
  }

  /** Lets go of all; what is noted is not done. */
  @Override
  public void close() {
    commands = null;
    var closing = new Closing();
    if (memory != null) {
      closing.add(memory);
      memory = null;
    }
    closing.undo(this::forgetGraphs);
    closing.close();
  }
}
