/**
 * Labelled images: the data sets' file formats, the order of an epoch, and batches decoded ahead of
 * the training loop. Reads files, through libjpeg-turbo where it is installed, and writes none but
 * packs ({@link io.github.deit4j.data.set.PackWriter}); the network is touched by {@link
 * io.github.deit4j.fetch.FashionMnistFetcher} alone, which only the command line calls. Knows
 * nothing of tensors, models or losses.
 */
package io.github.deit4j.data;
