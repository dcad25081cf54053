/**
 * Training: the recipe and its settings, the learning rate, optimizers, the training step,
 * evaluation, and what a run leaves on the disk: its folder, metrics and checkpoints. Knows models,
 * losses and data; prints nothing, reads no command line, and knows nothing of reports.
 */
package io.github.deit4j.train;
