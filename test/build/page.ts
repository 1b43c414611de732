/** What a web page does with lanewise/build, for chromium.test.ts. */
import { BuildError, buildEnvironment } from "../../src/build/index.js";
import { environmentOf, registerEnv } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";

/** The bytes of a source's module, and what two lanes of the registered environment observe in ten steps. */
export async function build(source: string) {
  const { binary, spec } = await buildEnvironment(source);
  registerEnv(spec);
  const env = await makeVec(environmentOf(spec.id), { numEnvs: 2 });
  const observations = [[...env.reset(5)]];
  for (let t = 0; t < 10; t++) observations.push([...env.step([1, -0.5, 0.25, 1]).observation]);
  return { binary: [...binary], observations };
}

/** The mistakes in a source. */
export async function complaints(source: string) {
  const error = await buildEnvironment(source).catch((e: unknown) => e);
  return error instanceof BuildError ? error.diagnostics : String(error);
}
