package io.github.deit4j.cpu.core;

import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;
import java.util.function.LongFunction;

/**
 * A case of a kernel, declared once beside it, for any sizes: the warm-up and the benchmark call
 * it, and the bit test compares what the scalar and the vector kernel make of it.
 *
 * @param <K> the kernel's interface
 * @param name the op
 * @param size elements, rows or columns, into whose ranges a call may be cut; 0 if it may not
 * @param call the call
 * @param memory floats of each operand outside the heap
 * @param arrays floats of each operand in an array
 */
public record KernelCase<K>(String name, long size, Call<K> call, long[] memory, int[] arrays) {
  /** A call. */
  @FunctionalInterface
  public interface Call<K> {
    /**
     * Computes the elements, rows or columns from {@code from} up to but without {@code to}.
     *
     * @param x the operands outside the heap
     * @param arrays those in arrays
     */
    void run(K kernel, MemorySegment[] x, float[][] arrays, long from, long to);
  }

  /** Returns a case that may be cut, without its call. */
  public static <K> KernelCase<K> ranges(String name, long size, long... memory) {
    return new KernelCase<>(name, size, null, memory, new int[0]);
  }

  /** Returns one that may not. */
  public static <K> KernelCase<K> whole(String name, long... memory) {
    return ranges(name, 0, memory);
  }

  /** Returns the same with operands in arrays too. */
  public KernelCase<K> arrays(int... floats) {
    return new KernelCase<>(name, size, call, memory, floats);
  }

  /** Returns the same with its call. */
  public KernelCase<K> call(Call<K> made) {
    return new KernelCase<>(name, size, made, memory, arrays);
  }

  /** Returns the whole call, with operands made for it. */
  public Runnable on(K kernel, LongFunction<MemorySegment> floats, IntFunction<float[]> array) {
    MemorySegment[] x = new MemorySegment[memory.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = floats.apply(memory[i]);
    }
    float[][] all = new float[arrays.length][];
    for (int i = 0; i < all.length; i++) {
      all[i] = array.apply(arrays[i]);
    }
    return () -> call.run(kernel, x, all, 0, size);
  }
}
