/**
 * What a run leaves on the disk: its folder, metrics and checkpoints, whole at every instant. Knows
 * recipes and JSON; knows nothing of models and training.
 */
package io.github.deit4j.run;
