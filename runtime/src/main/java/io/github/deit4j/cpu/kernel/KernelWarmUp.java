package io.github.deit4j.cpu.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.deit4j.cpu.core.KernelCase;
import io.github.deit4j.cpu.core.Reductions;
import io.github.deit4j.cpu.core.Workers;
import io.github.deit4j.cpu.gemm.Gemm;
import io.github.deit4j.cpu.gemm.Tiles;
import io.github.deit4j.op.AttentionOps;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Calls each kernel of a DeiT's training on a few made-up numbers, over and over, so that the JVM
 * compiles it before it is needed.
 *
 * <p>A step of a model warms kernels up slowly: all threads run code at a hundredth of its speed
 * and leave C2 a part of a core, the long loops are compiled twice (the running one, and then the
 * method), and some kernels come last because they are called seldom. Here kernel is called after
 * kernel, each before what calls it, and loops are so short that only calls count: where they are
 * long C2 compiles the running one first, at each loop that it happens to be in, and then the
 * method, twice to three times 0.3 s for a large micro-kernel. Sizes are as in a model and differ
 * from call to call where a kernel has more than one way, since C2 leaves out what it has not seen
 * and starts again when it comes.
 *
 * <p>The numbers of calls are those that the JVM's default thresholds ask for; once a kernel is
 * compiled the rest take next to no time. Where nothing compiles, time ends it.
 */
public final class KernelWarmUp {
  private static final long MOST_NANOSECONDS = 4_000_000_000L;

  private static final int TILES = 160;
  private static final int PRODUCTS = 300;
  private static final int ATTENTIONS = 600;
  private static final int OVER_ROWS = 1000;
  private static final int OVER_NUMBERS = 1600;

  private static final System.Logger LOG = System.getLogger(KernelWarmUp.class.getName());

  private final SplittableRandom random = new SplittableRandom(1);
  private final Arena arena;
  private final long end;

  private KernelWarmUp(Arena arena, long end) {
    this.arena = arena;
    this.end = end;
  }

  /**
   * Warms up a set of kernels, with two threads at most. Takes seconds in a new JVM, four at most.
   * Where memory is short it ends early: whoever needs some will say so.
   */
  public static void run(Kernels kernels, Workers workers) {
    try {
      run(kernels, workers, MOST_NANOSECONDS);
    } catch (OutOfMemoryError e) {
      LOG.log(System.Logger.Level.DEBUG, "no memory to warm up kernels", e);
    }
  }

  static void run(Kernels kernels, Workers workers, long nanoseconds) {
    long end = System.nanoTime() + nanoseconds;
    // As tensors are allocated: code compiled for other segments would soon be compiled again.
    try (Arena arena = Arena.ofShared()) {
      workers.run(
          2,
          (part, scratch) -> {
            KernelWarmUp warmUp = new KernelWarmUp(arena, end);
            if (part == 0) {
              warmUp.products(kernels);
            } else {
              warmUp.others(kernels);
            }
          });
    }
  }

  private void products(Kernels kernels) {
    // Scalar kernels have no tiles, machine code needs no warm-up. AttentionKernel has tiles, also
    // where another library has the products.
    if (kernels.attention() instanceof VectorAttention vector && vector.usesVectorTiles()) {
      KernelCase<Object> tile = Tiles.microKernels(1, 27);
      inTurns(TILES, null, List.of(tile, tile, tile, Tiles.microKernels(2, 27)));
    }
    // Whole tiles by a block and some columns, fewer than a vector has or as many.
    List<KernelCase<Gemm>> products = new ArrayList<>(Gemm.cases(48, Tiles.BLOCK + 6, 27));
    products.addAll(Gemm.cases(48, Tiles.BLOCK + 8, 27));
    inTurns(PRODUCTS, kernels.gemm(), named(products, "linear"));
    inTurns(PRODUCTS, kernels.gemm(), named(products, "linearParameterGradients"));
    var attention = AttentionKernel.cases(new AttentionOps.Sizes(1, 18, 1, 64));
    inTurns(ATTENTIONS, kernels.attention(), named(attention, "attention"));
    inTurns(ATTENTIONS, kernels.attention(), named(attention, "attentionBackward"));
  }

  private void others(Kernels kernels) {
    var gelu = Gelu.cases(2, 125, random);
    inTurns(OVER_NUMBERS, kernels.gelu(), named(gelu, "gelu", "geluOfRows"));
    inTurns(OVER_NUMBERS, kernels.gelu(), named(gelu, "geluBackward", "geluBackwardOfRows"));
    for (KernelCase<LayerNormKernel> each : LayerNormKernel.cases(30, 80, random)) {
      inTurns(OVER_ROWS, kernels.layerNorm(), List.of(each));
    }
    int count = 250; // with a rest that fills no vector
    var elementwise = Elementwise.cases(1, count, random);
    inTurns(OVER_NUMBERS, kernels.elementwise(), named(elementwise, "add"));
    // Without a rest, since vectors are for whole blocks only.
    inTurns(
        OVER_NUMBERS,
        kernels.reductions(),
        named(Reductions.cases(1, 240, random), "sumOfSquares"));
    inTurns(OVER_ROWS, kernels.reductions(), named(Reductions.cases(30, 80, random), "addRows"));
    var optimizers = Optimizers.cases(1, count, random);
    inTurns(OVER_NUMBERS, kernels.optimizers(), named(optimizers, "adamW"));
    inTurns(OVER_NUMBERS, kernels.optimizers(), named(optimizers, "ema"));
    inTurns(OVER_NUMBERS, kernels.optimizers(), named(optimizers, "lambDirection", "descend"));
    inTurns(OVER_NUMBERS, null, List.of(Losses.crossEntropyCase(30)));
    inTurns(OVER_NUMBERS, null, List.of(Patches.cutCase(48, 24)));
    inTurns(OVER_NUMBERS, null, List.of(Crops.mirroredCase(16)));
  }

  private static <K> List<KernelCase<K>> named(List<KernelCase<K>> cases, String... names) {
    return Stream.of(names)
        .flatMap(name -> cases.stream().filter(each -> each.name().equals(name)))
        .toList();
  }

  /** Makes so many calls of each case. */
  private <K> void inTurns(int calls, K kernel, List<KernelCase<K>> cases) {
    Runnable[] all = new Runnable[cases.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = cases.get(i).on(kernel, this::numbers, n -> numbers(n).toArray(JAVA_FLOAT));
    }
    for (int i = 0; i < calls && System.nanoTime() - end < 0; i++) {
      for (Runnable call : all) {
        call.run();
      }
    }
  }

  /** Returns small numbers of both signs, so that no branch looks dead. */
  private MemorySegment numbers(long count) {
    MemorySegment numbers = arena.allocate(JAVA_FLOAT, count);
    for (long i = 0; i < count; i++) {
      numbers.setAtIndex(JAVA_FLOAT, i, (i % 31 - 15) / 10f);
    }
    return numbers;
  }
}
