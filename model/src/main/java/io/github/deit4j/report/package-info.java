/**
 * The report of a run: one HTML file with curves and tables, without scripts and without anything
 * from elsewhere. Reads what a run has written, through {@code train} and {@code json}; nothing in
 * {@code train} knows of it.
 */
package io.github.deit4j.report;
