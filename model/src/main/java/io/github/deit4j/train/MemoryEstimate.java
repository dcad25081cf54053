package io.github.deit4j.train;

import io.github.deit4j.collective.Single;
import io.github.deit4j.data.SampleBatch;
import io.github.deit4j.device.Backend;
import io.github.deit4j.device.DeviceException;
import io.github.deit4j.distill.Teacher;
import io.github.deit4j.modelfile.ModelInfo;
import io.github.deit4j.nn.BatchInference;
import io.github.deit4j.nn.Model;
import io.github.deit4j.recipe.Freeze;
import io.github.deit4j.recipe.Recipe;
import io.github.deit4j.recipe.Settings;
import io.github.deit4j.tensor.TensorArena;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * The memory that a run on the CPU will take, found before it takes any: the model, a training step
 * and an evaluation go through a {@linkplain Backend#withoutMemory backend} that computes nothing,
 * whose arenas grow as the real ones do.
 *
 * @param state bytes of parameters, gradients, the optimizer's moments and the moving average
 * @param step bytes of a training step: images, activations and their gradients
 * @param evaluation bytes of an evaluation, during which a step's stay reserved
 * @param heap bytes of Java's heap that are not taken yet: batches decoded ahead, a checkpoint on
 *     its way to the disk, packed weights; of {@linkplain io.github.deit4j.data.StoredImages stored
 *     images} no batches, but up to as much elsewhere, where one is cut out of them
 */
record MemoryEstimate(long state, long step, long evaluation, long heap) {
  private static final int BATCHES_AHEAD = 3;
  private static final int FLOAT_BYTES = 4;

  /** Of a decoded sample and of its place in the batch. */
  private static final int COPIES_OF_PIXELS = 2;

  private static final double GIGA = 1e9;

  /**
   * Estimates a run.
   *
   * @param backend the real one
   * @param evaluates whether there are test images
   * @param teacher null for none; its own weights are not counted, since they are loaded
   * @return nothing for a device with memory of its own, which tells when that is too small, and
   *     where the backbone is frozen, so that little more is needed than for the model
   * @throws DeviceException.OutOfMemory if Java's heap is too small
   */
  static Optional<MemoryEstimate> of(
      Backend backend, Recipe recipe, ModelInfo info, boolean evaluates, Teacher teacher) {
    requireHeap(heap(recipe, info, evaluates));
    var reserved = new LongAdder();
    Optional<Backend> sizing = backend.withoutMemory(reserved::add);
    if (sizing.isEmpty() || Freeze.isBackbone(recipe)) {
      return Optional.empty();
    }
    try (Backend nothing = sizing.get()) {
      return Optional.of(of(backend, nothing, reserved, recipe, info, evaluates, teacher));
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody to wait for", e);
    }
  }

  private static MemoryEstimate of(
      Backend real,
      Backend nothing,
      LongAdder reserved,
      Recipe recipe,
      ModelInfo info,
      boolean evaluates,
      Teacher teacher)
      throws InterruptedException {
    try (Teacher teaches = teacher == null ? null : teacher.sizedFor(nothing)) {
      var alone = new Single();
      reserved.reset(); // the teacher's weights have their memory already
      try (var state = TrainingState.unfilled(nothing, recipe, info);
          var buffers = new BufferCopies(nothing, state.model());
          var communicator = nothing.communicator(alone);
          var step =
              new TrainingStep(
                  nothing, state.model(), recipe, teaches, null, alone, communicator)) {
        long ofState = reserved.sumThenReset();
        buffers.take();
        step.run(batch(info, Math.toIntExact(recipe.effectiveBatch())), 0, state.clipping());
        long ofStep = reserved.sumThenReset();
        int slices = evaluates ? evaluateSlice(real, nothing, state.model(), info) : 0;
        return new MemoryEstimate(
            ofState, ofStep, slices * reserved.sum(), heap(recipe, info, evaluates));
      }
    }
  }

  private static long pixels(ModelInfo info) {
    long side = info.preprocessing().size();
    return info.preprocessing().channels() * side * side;
  }

  private static SampleBatch batch(ModelInfo info, int size) {
    int side = info.preprocessing().size();
    byte[] pixels = new byte[Math.toIntExact(Math.multiplyExact(pixels(info), size))];
    int[] zeros = new int[size];
    return new SampleBatch(0, 0, info.preprocessing().channels(), side, side, pixels, zeros, zeros);
  }

  /** Evaluates as many images as go together, and returns how often that fits in a batch. */
  private static int evaluateSlice(Backend real, Backend nothing, Model model, ModelInfo info) {
    int slice = real.inferenceSlice(RunEvaluation.BATCH, pixels(info));
    try (var inference = new BatchInference(nothing);
        TensorArena arena = nothing.arena("evaluation")) {
      SampleBatch batch = batch(info, slice);
      var images = info.preprocessing().normalized(nothing, arena, batch.pixels(), batch.size());
      inference.logits(model, images, arena);
      return Math.ceilDiv(RunEvaluation.BATCH, slice);
    }
  }

  private static long heap(Recipe recipe, ModelInfo info, boolean evaluates) {
    long weights = FLOAT_BYTES * info.config().parameterCount();
    boolean averages = recipe.get(Settings.EMA_DECAY) > 0;
    long packed = evaluates ? (averages ? 2 : 1) * weights : 0;
    long checkpoint =
        switch (recipe.get(Settings.OPTIMIZER)) {
          case ADAMW, LAMB -> 2 * weights;
          case SGD, MOMENTUM -> weights;
        };
    long batches = BATCHES_AHEAD * COPIES_OF_PIXELS * recipe.effectiveBatch() * pixels(info);
    return batches + Math.max(packed, checkpoint);
  }

  /** Returns what is needed outside the heap. */
  long offHeap() {
    return state + step + evaluation;
  }

  /**
   * Requires that a run has the memory that it will take.
   *
   * @param available what there is; the least counts
   * @throws DeviceException.OutOfMemory if it has not; says what takes how much, and what to do
   */
  void require(List<AvailableMemory> available) {
    requireHeap(heap);
    Runtime java = Runtime.getRuntime();
    long used = java.totalMemory() - java.freeMemory();
    long needed = offHeap() + Math.max(0, used + heap - java.totalMemory());
    Optional<AvailableMemory> least =
        available.stream().min(Comparator.comparingLong(AvailableMemory::bytes));
    if (least.isPresent() && needed > least.get().bytes()) {
      throw failure(
          "%s (weights, gradients, moments and averages %s; a step of the batch %s; evaluation %s;"
                  .formatted(giga(needed), giga(state), giga(step), giga(evaluation))
              + " Java's heap %s), of which %s %s"
                  .formatted(giga(heap), giga(least.get().bytes()), least.get().by()),
          "set a smaller batch and a larger accumulate for the same result,"
              + " activation-checkpointing=true, or a smaller model",
          needed,
          least.get().bytes());
    }
  }

  private static void requireHeap(long needed) {
    Runtime java = Runtime.getRuntime();
    long used = java.totalMemory() - java.freeMemory();
    if (used + needed > java.maxMemory()) {
      throw failure(
          "%s of Java's heap, of whose %s %s are taken"
              .formatted(giga(needed), giga(java.maxMemory()), giga(used)),
          "give Java more (JDK_JAVA_OPTIONS=-Xmx…) or set a smaller batch",
          needed,
          java.maxMemory() - used);
    }
  }

  private static DeviceException failure(String needs, String remedy, long needed, long free) {
    return new DeviceException.OutOfMemory(
        "memory: these settings need about %s: %s".formatted(needs, remedy), needed, free);
  }

  private static String giga(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / GIGA);
  }
}
