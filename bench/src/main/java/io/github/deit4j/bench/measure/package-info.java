/**
 * The tools of measuring: contenders that take turns, samples and their medians, the machine's two
 * ceilings, rows of results and the table they are shown in. Knows nothing of models; of the
 * project it touches {@code cpu}, for its threads, and {@code tensor}, for its memory.
 */
package io.github.deit4j.bench.measure;
