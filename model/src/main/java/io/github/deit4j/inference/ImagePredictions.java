package io.github.deit4j.inference;

import io.github.deit4j.inference.Classifier.Prediction;
import java.util.List;
import java.util.Map;

/**
 * What a model says of one image.
 *
 * @param path its file, or what messages call it
 * @param label the name of its true class, {@code null} where nobody knows it
 * @param byHead the most probable classes by each head, first the best
 */
public record ImagePredictions(String path, String label, Map<Head, List<Prediction>> byHead) {}
