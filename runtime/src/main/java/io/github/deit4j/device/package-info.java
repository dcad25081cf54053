/**
 * Devices that compute: what a backend is, how one is found and chosen, and what can be wrong with
 * it; how the devices of several ranks hand each other tensors. Knows the families of ops and the
 * ranks; no device in particular: each brings its {@link io.github.deit4j.device.DeviceProvider}.
 */
package io.github.deit4j.device;
