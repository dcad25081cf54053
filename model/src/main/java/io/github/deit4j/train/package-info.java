/**
 * Training: the learning rate, optimizers, the training step, evaluation, and the loop over all of
 * them. Knows recipes, runs, models, losses and data; prints nothing, reads no command line, and
 * knows nothing of reports.
 */
package io.github.deit4j.train;
