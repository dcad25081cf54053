package io.github.deit4j.train;

/**
 * How well one head does on a data set.
 *
 * @param top1 share of images whose most probable class is right
 * @param top5 share of images whose class is among the five most probable
 * @param loss mean cross entropy with the true labels
 */
public record Score(double top1, double top5, double loss) {}
