/**
 * Strict JSON: reading into plain Java values, a cursor whose errors name file and key, and
 * writing. The one place that touches jackson-core. Knows nothing of models or weights.
 */
package io.github.deit4j.json;
