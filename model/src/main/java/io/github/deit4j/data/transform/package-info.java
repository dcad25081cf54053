/**
 * What happens to an image between decoder and batch: resize, crop, flip, grey and colour,
 * RandAugment and its kin, and the numbers of the normalisation that follows. All on unsigned
 * bytes, bit for bit as Pillow and torchvision do it; random transforms draw from the stream they
 * are handed and from nothing else.
 */
package io.github.deit4j.data.transform;
