/**
 * What all CPU kernels share: exponentials and sums in scalars and in vectors, scratch memory,
 * tasks for threads, and the cases by which kernels are warmed up, tested and timed. Touches only
 * the JDK; the packages of kernels stand on it in the order gemm, conv, kernel.
 *
 * <p>What C2 asks of every vector kernel (JDK 25.0.3):
 *
 * <ul>
 *   <li><b>Species are constants where they are used; vectors are never in fields or arrays.</b> A
 *       species that comes as a parameter made a kernel 42 times as slow, vectors in arrays or
 *       fields 11 to 14 times.
 *   <li><b>A helper that takes or returns vectors must be inlined, or they are boxed.</b> In large
 *       methods, and behind an exponential, C2 inlines none: what they need is written out, or
 *       loaded at the top of the loop. To see boxes, make the young generation small: with {@code
 *       -Xmn24m -Xlog:gc} a training step of DeiT-Ti collects some 4 times a second, with one
 *       kernel that boxes 50 to 400 times; {@code float[]} and {@code int[]} below a kernel among
 *       the allocations of a flight recording ({@code -XX:StartFlightRecording:settings=profile})
 *       name it.
 *   <li><b>C2 has to be told the class of a vector</b> that comes from memory or out of a loop, or
 *       goes round in it: it does not know it until it has parsed the method, looks up what is
 *       called on it in FloatVector's profile, which all kernels share, and vectors of 8 and of 16
 *       lanes have both been there. Where it finds the wrong one it boxes every vector. So call on
 *       what has just been loaded ({@code x.add(sum)}, not {@code sum.add(x)}), load with {@code
 *       VectorMath.eight} or {@code wide}, which cast, and cast what a loop leaves: {@code
 *       Class.cast} with a constant class is one check, or none. Arguments need no cast. In a
 *       micro-kernel the cast stands in the line itself. Without it every vector of a micro-kernel
 *       was boxed in six starts of fifteen: 600 ms for an image of DeiT-S instead of 47. And every
 *       other start of a training step of DeiT-Ti had some op that boxed its loads, at 0.2 to 2.4
 *       GB/s: 199 to 224 ms a step, 188 to 198 since loads cast (Zen 5, two threads, batch 8).
 *   <li><b>And that memory is outside the heap</b>: {@code NATIVE.cast(memory)}, in the method that
 *       uses it and before every store, since a helper loses the cast wherever C2 does not inline
 *       it ("low call site frequency"), as it did in some starts: then each vector made two calls,
 *       10 to 25 % of a product. A kernel that C2 compiled before C1 had profiled its segments did
 *       so too (the gradient of layer normalization 0.33 ms instead of 0.072, in half of the
 *       starts). Until it is compiled {@code reinterpretAs…} runs through segments on the heap,
 *       which then stand in the type profile of every store to native memory: only the exponential
 *       may use it. Nor may a kernel copy in bulk between segments and arrays in its loops.
 *   <li><b>No element access to a confined arena, anywhere in the process</b>: it teaches C2's
 *       profile that segments have owner threads, and segment loops in all kernels are then
 *       deoptimised again and again. The host side uses arrays and bulk copies.
 *   <li><b>A loop over vectors does not ask what it could have known before</b> ({@code residual !=
 *       null}): once both answers have been seen C2 keeps the question inside. Two loops made the
 *       gradient of batch normalization 1.6 times as fast.
 *   <li><b>No prefetch.</b> Java has none. A store with an empty mask fetches its line, and nothing
 *       waits for it; beside a loop that only computes it hid most of what memory took (vectors 12
 *       KiB apart were added to in 4.85 ms, 3.74 with it, 3.54 if nothing was added). The products
 *       were 0.81 to 1.01 times as fast with it: each is some nine cycles, and the queue of stores
 *       is full of results already. Loads ahead of time were 0.94 to 1.00 times as fast, since
 *       everything behind a load waits for it to end.
 * </ul>
 *
 * <p>After every change to a kernel look for {@code COMPILE SKIPPED} in {@code
 * -XX:+PrintCompilation} and, with {@code -Xlog:deoptimization=debug}, for repeated traps; at six
 * starts, since each compiles differently; at {@code -XX:+UseSerialGC} and {@code -XX:+UseG1GC},
 * for which loops are compiled differently. A virtual machine's processors move: for seconds or
 * minutes they were on one last-level cache, on two, or on the two halves of one core, and ratios
 * of two builds changed with it (0.8 to 1.9). {@code ./deit bench} tells how long a line's way to
 * another core is before and after; compare what had the same one, in JVMs of their own that are
 * started in turns.
 */
package io.github.deit4j.cpu.core;
