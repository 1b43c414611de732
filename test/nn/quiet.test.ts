/** Backends start without a word of TensorFlow.js's. */
import * as tf from "@tensorflow/tfjs";
import { expect, it, vi } from "vitest";
import { startBackend } from "../../src/nn/backend.js";

it("the plain backend starts and computes without advertising another package", async () => {
  const said = (["warn", "log", "info", "error"] as const).map((name) => vi.spyOn(console, name).mockImplementation(() => undefined));
  const backend = await startBackend("cpu");
  tf.tidy(() => tf.add(1, 2));
  backend.dispose();
  for (const spy of said) expect(spy).not.toHaveBeenCalled();
  expect(tf.env().getBool("PROD")).toBe(false);
});
