/**
 * The CUDA backend. CudaBackend turns the ops of {@link io.github.deit4j.device.Backend} into
 * launches of the kernels in the {@code .cu} files of this package's resources and products of
 * cuBLASLt. Below it, {@link io.github.deit4j.cuda.device.CudaContext} is the device: libraries,
 * memory, copies, compiled kernels, matrix products.
 *
 * <p>In BF16 activations and their gradients are BF16 in memory ({@link
 * io.github.deit4j.op.OpRunner#activationType}), each rounded once by the op that makes it; weights
 * are rounded once for each time they change. A kernel of activations is one source, compiled for
 * both types ({@code activation.cuh}). What cuBLASLt has no epilogue or no algorithm for, kernels
 * do.
 *
 * <p>Backends of several ranks hand each other tensors with NCCL where they can, else by way of the
 * host ({@link io.github.deit4j.device.Communicator}). What is added up is added by the kernel of
 * {@link io.github.deit4j.op.ElementwiseOps#add}, in the caller's order.
 *
 * <p>None of this has run on a real device yet: the tests run it on a stand-in for the libraries,
 * which runs the kernels on the host. {@code bench/gpu.md} says what that shows and what not.
 */
package io.github.deit4j.cuda;
