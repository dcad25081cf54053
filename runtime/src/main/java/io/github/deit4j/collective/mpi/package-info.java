/**
 * Ranks that are processes, on one machine or on many, with MPI between them: who started them, the
 * library, and one thread that makes every call. Bytes go from rank to rank by non-blocking sends
 * and receives that are asked after now and then, so that waiting costs no core and never lasts for
 * ever. Touches the bindings.
 */
package io.github.deit4j.collective.mpi;
