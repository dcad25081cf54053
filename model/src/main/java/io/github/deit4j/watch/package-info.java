/**
 * A training run in a browser while it goes on: a server that shows the run's report and how far it
 * is, by the files in the run's folder alone. Knows {@code report} for what there is to see and
 * {@code http} for who asks; the training does not know of it.
 */
package io.github.deit4j.watch;
