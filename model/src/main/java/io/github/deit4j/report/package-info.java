/**
 * Reports in one HTML file each, with nothing to fetch and no script needed to read them: of a run
 * and of a study, and the tables, bars and page of which they and those of {@code bench} are made.
 * Reads what a run has written, through {@code run} and {@code json}, also while it goes on, and
 * what {@code train} tells of an evaluation; nothing in there knows of it.
 */
package io.github.deit4j.report;
