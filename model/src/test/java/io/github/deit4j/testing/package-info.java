/** What the tests of several packages share. */
package io.github.deit4j.testing;
