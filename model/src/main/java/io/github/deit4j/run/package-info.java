/** What a run leaves on the disk: its folder, metrics, environment and checkpoints. */
package io.github.deit4j.run;
