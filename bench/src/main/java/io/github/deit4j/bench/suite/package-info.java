/**
 * {@code deit bench suite} and {@code deit bench compare}: the plan of what to measure, its rounds
 * in JVMs of their own, the report as records and files, and the comparison of two reports. Uses
 * the cases of {@code bench} and the tools of {@code bench.measure}; {@code bench} names its
 * commands. The records are the format of {@code suite.json}: {@link
 * io.github.deit4j.bench.suite.RecordJson} writes them as they stand.
 */
package io.github.deit4j.bench.suite;
