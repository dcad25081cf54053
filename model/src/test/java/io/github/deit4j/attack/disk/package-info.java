/**
 * A file system in the place of the default one, whose operations fail when a campaign says so, and
 * which forgets what was not forced to the disk.
 */
package io.github.deit4j.attack.disk;
