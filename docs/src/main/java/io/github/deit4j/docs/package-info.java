/**
 * Makes the documentation site of the Markdown pages in {@code docs}. Uses nothing of the other
 * modules, whose Javadoc the build adds.
 */
package io.github.deit4j.docs;
