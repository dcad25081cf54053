/**
 * The tools of measuring: contenders that take turns, samples and their medians, the hardware's
 * ceilings, what clock and load say of noise, the record of a measurement and the table in which
 * results are shown. Knows nothing of models; of the project it touches {@code cpu}, for its
 * threads, {@code device}, {@code tensor}, and {@code report}, for tables in HTML.
 */
package io.github.deit4j.bench.measure;
