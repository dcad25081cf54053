/**
 * DeiT itself: configurations and registered names, the model, its initialisation, its files and
 * those of other programs, and the classifier that a program embeds. Built of {@code nn}; files
 * through {@code weights}.
 */
package io.github.deit4j.deit;
