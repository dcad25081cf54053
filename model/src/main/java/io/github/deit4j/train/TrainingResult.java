package io.github.deit4j.train;

import io.github.deit4j.inference.Head;
import java.util.Map;

/**
 * How a run ended.
 *
 * @param step optimizer steps done
 * @param totalSteps optimizer steps of the whole recipe
 * @param cancelled whether the listener ended it; it can be resumed then
 * @param scores of every head on the test images; empty if they were not evaluated at the end
 */
public record TrainingResult(
    int step, int totalSteps, boolean cancelled, Map<Head, Score> scores) {}
