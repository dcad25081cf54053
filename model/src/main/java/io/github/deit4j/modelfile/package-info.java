/**
 * Files of models, of any family and origin: timm's, torchvision's and Hugging Face's names, what
 * the metadata say, and how weights are fitted to another resolution or number of classes.
 */
package io.github.deit4j.modelfile;
