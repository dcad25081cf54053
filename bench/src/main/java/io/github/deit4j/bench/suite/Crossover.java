package io.github.deit4j.bench.suite;

import io.github.deit4j.device.Precision;

/**
 * From which batch on a device has more images per second than the host's best backend, the copies
 * of images and results counted.
 *
 * @param section {@link Section#INFERENCE} or {@link Section#TRAIN_STEP}
 * @param model registered name
 * @param precision of the device's matrix products; null where there is no device
 * @param fromBatch the smallest measured batch from which on it always wins; null if there is none
 * @param explanation one line: the rates at that batch, or why there is none
 */
public record Crossover(
    Section section, String model, Precision precision, Integer fromBatch, String explanation) {}
