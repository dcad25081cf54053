package io.github.deit4j.inference;

import io.github.deit4j.modelfile.ClassNames;

/**
 * One class for an image.
 *
 * @param classIndex number of the class
 * @param className its name for people, see {@link ClassNames#labels}
 * @param probability its probability, 0 to 1
 */
public record Prediction(int classIndex, String className, double probability) {}
