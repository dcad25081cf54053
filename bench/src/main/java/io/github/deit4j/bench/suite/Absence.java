package io.github.deit4j.bench.suite;

/**
 * Something that the report could have and has not.
 *
 * @param what a backend, a peer, a cell
 * @param why one line
 */
public record Absence(String what, String why) {}
