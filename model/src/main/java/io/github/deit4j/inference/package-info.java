/**
 * Models at work: the classifier that a program embeds, the queue that batches what many threads
 * ask of it, its heads, and the attention maps that show where it looks.
 */
package io.github.deit4j.inference;
