/**
 * Labelled images: what an image, a data set and a transform are, the order of an epoch, and
 * batches decoded ahead of the training loop, or, of images that are stored decoded, views of them
 * ({@link io.github.deit4j.data.StoredImages}). Opens no file itself. May touch tensors' exceptions
 * and random numbers; knows nothing of formats, models or losses.
 */
package io.github.deit4j.data;
