/**
 * Devices that compute: what a backend is, how one is found and chosen, and what can be wrong with
 * it. Knows the families of ops; no device in particular.
 */
package io.github.deit4j.device;
