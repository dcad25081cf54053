/**
 * Reports in one HTML file each, without scripts and without anything from elsewhere: of a run and
 * of a study, and the tables, plots and page of which they and those of {@code bench} are made.
 * Reads what a run has written, through {@code train} and {@code json}; nothing in {@code train}
 * knows of it.
 */
package io.github.deit4j.report;
