/**
 * Devices that compute: what a backend is, how one is found and chosen, and what can be wrong with
 * it. Knows the families of ops; no device in particular: each brings its {@link
 * io.github.deit4j.device.DeviceProvider}.
 */
package io.github.deit4j.device;
