/**
 * What is written by hand on top of the generated bindings, which live in the packages below this
 * one: memory straight from the kernel, strings of C, and the search for libraries. Every
 * restricted method of the JDK is called in this module, so that native access needs to be granted
 * to it alone.
 */
package io.github.deit4j.bindings;
