/**
 * Image files to images: JPEG, PNG, BMP, GIF, WebP and TIFF, as Pillow reads them; JPEG through
 * libjpeg-turbo where it is installed. May touch {@code data} and the bindings.
 */
package io.github.deit4j.data.decode;
