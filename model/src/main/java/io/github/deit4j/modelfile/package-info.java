/**
 * Files of models of any family and origin: which families there are ({@link
 * io.github.deit4j.modelfile.ModelFamilies}, one line each), what the metadata and other libraries'
 * descriptions say, how images are prepared for a model, and how weights are fitted to another
 * resolution or number of classes. Asks the family what depends on it.
 */
package io.github.deit4j.modelfile;
