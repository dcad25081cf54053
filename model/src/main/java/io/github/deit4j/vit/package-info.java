/**
 * Vision transformers: configurations and registered names of DeiT, the model, its initialisation.
 * Built of {@code nn}; knows no file.
 */
package io.github.deit4j.vit;
