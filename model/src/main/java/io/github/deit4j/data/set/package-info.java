/** The data sets' file formats: IDX, CIFAR's binaries, folders of images, packs. */
package io.github.deit4j.data.set;
