/**
 * Processes that train one model together, the ranks: how they hand each other numbers. Nothing is
 * added up here, since the order of sums decides bits and is the caller's. Knows memory and nothing
 * else; a way of communicating with a library behind it has a package of its own.
 */
package io.github.deit4j.collective;
