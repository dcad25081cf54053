/**
 * Recipes: the settings of a training run, each declared with its type, range, default and rule;
 * their file format; and what they do to images. Touches data, models' configurations and losses
 * for their names, and nothing that trains.
 */
package io.github.deit4j.recipe;
