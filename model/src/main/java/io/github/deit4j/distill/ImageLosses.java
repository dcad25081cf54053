package io.github.deit4j.distill;

/**
 * The losses of a batch, image by image.
 *
 * @param base cross entropy of the class head with the targets
 * @param total with the teacher's part
 */
public record ImageLosses(double[] base, double[] total) {}
