/**
 * The data sets: each a {@link io.github.deit4j.data.set.DatasetFormat} of its own and a line in
 * {@link io.github.deit4j.data.set.Datasets#ALL}; what may be wrong with them, {@link
 * io.github.deit4j.data.set.DataCheck}, and which images are held out, {@link
 * io.github.deit4j.data.set.ValidationSplit}. Reads files and writes none but packs. May touch what
 * is below it in {@code data}, JSON, and the writing of files.
 */
package io.github.deit4j.data.set;
