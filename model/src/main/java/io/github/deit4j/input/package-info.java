/**
 * What a file from outside may be and may ask for: the one table of limits that all readers are
 * handed, and the one gateway by which they open files. Knows no format, and touches nothing but
 * the JDK.
 */
package io.github.deit4j.input;
