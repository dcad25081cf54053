/**
 * The one interface between autograd and hardware, and the choice of what implements it. Knows
 * tensors; knows nothing of models.
 */
package io.github.deit4j.backend;
