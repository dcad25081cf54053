/**
 * RegNetY convnets: sizes and registered names, the model, and a {@link
 * io.github.deit4j.nn.ModelFamily} that answers whatever is asked of it. Built of {@code nn}; knows
 * no file and no other kind of models.
 */
package io.github.deit4j.regnet;
