/** How good predictions are: confusion of classes, and calibration. Touches nothing but the JDK. */
package io.github.deit4j.metrics;
