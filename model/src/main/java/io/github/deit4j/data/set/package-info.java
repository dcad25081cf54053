/**
 * The data sets: each a {@link io.github.deit4j.data.set.DatasetFormat} of its own and a line in
 * {@link io.github.deit4j.data.set.Datasets#ALL}. Reads files and writes none but packs. May touch
 * what is below it in {@code data}, JSON, and the writing of files.
 */
package io.github.deit4j.data.set;
