/** The WebAssembly that comes out of the `@lanes` transform. */
import { describe, expect, it, vi } from "vitest";
import { compile } from "../../../assembly/compile.mjs";

/** Optimising a module of many functions takes seconds on a busy machine. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe("the code that comes out", () => {
  /** Gymnasium's CartPole, from the force to the angular acceleration. */
  const ANGULAR_ACCELERATION = `
    const GRAVITY: f32 = 9.8;
    const MASS_POLE: f32 = 0.1;
    const TOTAL_MASS: f32 = 1.1;
    const LENGTH: f32 = 0.5;
    const POLE_MASS_LENGTH: f32 = 0.05;
    @lanes function thetaAcc(force: f32, cosTheta: f32, sinTheta: f32, thetaDot: f32): f32 {
      const temp = (force + POLE_MASS_LENGTH * thetaDot * thetaDot * sinTheta) / TOTAL_MASS;
      return (GRAVITY * sinTheta - cosTheta * temp) / (LENGTH * (f32(4.0 / 3.0) - (MASS_POLE * cosTheta * cosTheta) / TOTAL_MASS));
    }
    export function run(p: usize): void {
      if (LANES == 4) v128.store(p, thetaAcc(v128.load(p), v128.load(p, 16), v128.load(p, 32), v128.load(p, 48)));
      else store<f32>(p, thetaAcc(load<f32>(p), load<f32>(p, 4), load<f32>(p, 8), load<f32>(p, 12)));
    }`;
  const files = { "main.ts": ANGULAR_ACCELERATION };

  it("holds no scalar f32 operation, call, local in memory or second load", async () => {
    const { text } = await compile("main.ts", { files });
    const operations = text.match(/\b(f32\.\w+|call \$\w+|f32x4\.\w+|v128\.(?!const)\w+)/g) ?? [];
    const counts = Object.fromEntries(
      [...new Set(operations)].sort().map((name) => [name, operations.filter((other) => other === name).length]),
    );
    expect(counts).toEqual({ "f32x4.add": 1, "f32x4.div": 3, "f32x4.mul": 8, "f32x4.sub": 2, "v128.load": 4, "v128.store": 1 });
  });

  it("is scalar code without the transform, where @lanes says nothing to the compiler", async () => {
    const { text } = await compile("main.ts", { twin: "scalar", files });
    expect(text).not.toMatch(/v128|x4/);
  });
});
