/**
 * A training run from files to files, as a program has it: {@link
 * io.github.deit4j.session.Training}, and what it shares with the command line, {@link
 * io.github.deit4j.session.RunSetup} and {@link io.github.deit4j.session.RunReport}. Touches
 * recipes, data, teachers, run folders, training and the report; only the command line touches it.
 */
package io.github.deit4j.session;
