/**
 * Vision transformers: DeiT, and what came after it. Each family has its sizes and registered
 * names, its model, and a {@link io.github.deit4j.nn.ModelFamily} that answers whatever is asked of
 * it. Built of {@code nn}; knows no file and no other kind of models.
 */
package io.github.deit4j.vit;
