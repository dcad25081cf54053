/**
 * The suite's report as a page: tables and plots of a {@code SuiteReport}, made of the parts of
 * {@code report} in {@code model}. Reads the records of {@code bench.suite} and changes nothing in
 * them.
 */
package io.github.deit4j.bench.report;
