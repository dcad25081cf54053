/**
 * Campaigns that look for defects for hours: damaged files, kills, operations that fail, and many
 * threads. {@code bench/attack.sh} starts them; {@code bench/attack.md} says what came out.
 */
package io.github.deit4j.attack;
