/**
 * What is measured: ops on operands of a model's sizes, whole models, an image's way from its file;
 * and by whom: backends, and peers in processes of their own. Touches all of the project's public
 * packages and {@code bench.measure}.
 */
package io.github.deit4j.bench.cases;
