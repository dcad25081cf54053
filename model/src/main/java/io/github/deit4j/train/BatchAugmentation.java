package io.github.deit4j.train;

import io.github.deit4j.data.transform.Normalize;

/**
 * What happens to a batch between its pixels and the model.
 *
 * @param normalize makes numbers of bytes
 * @param erasing overwrites boxes of the normalised images
 * @param mixup mixes them in pairs
 * @param smoothing label smoothing of the targets
 * @param seed the run's seed
 */
public record BatchAugmentation(
    Normalize normalize, RandomErasing erasing, Mixup mixup, double smoothing, long seed) {}
