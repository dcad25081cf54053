package io.github.deit4j.data;

import java.util.List;

/**
 * What decoding one position of a batch gave.
 *
 * @param image the transformed image, or null if none could be read
 * @param label the image's class
 * @param bad the unreadable images met on the way, in the order met
 */
record Sample(Image image, int label, List<BadImage> bad) {}
