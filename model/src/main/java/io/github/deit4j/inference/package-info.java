/**
 * Models at work: the classifier that a program embeds, its heads, and the attention maps that show
 * where it looks.
 */
package io.github.deit4j.inference;
