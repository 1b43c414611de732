/** Our kernels and the stock ones in one process: TensorFlow.js has one WASM backend, whose registered kernels are exchanged between turns. */
import * as tf from "@tensorflow/tfjs";
import { startBackend } from "../../dist/nn/backend.js";
import { installKernels, removeKernels } from "../../dist/nn/kernels/register.js";

/** Runs `use` with a backend for either, each with `prepare`, which puts its kernels in force. */
export async function withBothKernels(use) {
  const stock = await startBackend("wasm", "stock");
  const lanewise = await startBackend("wasm", "lanewise");
  try {
    await use({
      lanewise: { backend: lanewise, prepare: () => installKernels(tf.backend(), lanewise.kernels) },
      stock: { backend: stock, prepare: removeKernels },
    });
  } finally {
    lanewise.dispose();
    stock.dispose();
  }
}
