/**
 * Counter-based random numbers: every draw is named by what it is for, so no result depends on the
 * order in which threads draw. Touches nothing else.
 */
package io.github.deit4j.random;
