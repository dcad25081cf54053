/** JPEG files: what their headers say, and the decoders that read them. */
package io.github.deit4j.data.jpeg;
