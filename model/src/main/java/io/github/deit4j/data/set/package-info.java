/**
 * The data sets: each a {@link io.github.deit4j.data.set.DatasetFormat} of its own and a line in
 * {@link io.github.deit4j.data.set.Datasets#ALL}. Reads their files and writes none but packs.
 */
package io.github.deit4j.data.set;
