/** Recipes: the settings of a training run, their file format, defaults and rules. */
package io.github.deit4j.recipe;
