/** `lanewise import`: the policy of a network that was trained elsewhere, in a folder as a run leaves it. */

import { basename, extname } from "node:path";
import type { Command } from "commander";
import { VERSION } from "../../core/version.js";
import type { Policy } from "../../policy/policy.js";
import { ARTIFACT } from "../../run/artifacts.js";
import type { ImportOptions } from "../../run/import.js";
import { type ChosenEnvironment, chooseEnvironment } from "../environment.js";
import { openFreshFolder, openRunFolder } from "../folder.js";

interface ImportFlags {
  readonly env: string;
  readonly algo?: string;
  readonly activation?: string;
  readonly out?: string;
}

export function addImport(program: Command): void {
  program
    .command("import")
    .description("make a policy of a network that was trained elsewhere, to evaluate, export or learn on")
    .argument("<file>", "an ONNX model, or a state_dict of PyTorch's as safetensors")
    .requiredOption("--env <env>", "what it acts in: see lanewise envs; or a module that lanewise build made, ./my-env.wasm")
    .option("--algo <algo>", "the algorithm that it is to be a policy of (default: ppo)")
    .option("--activation <name>", "what follows the hidden layers of safetensors, which don't say it: tanh, relu or sigmoid")
    .option("--out <dir>", "the folder for it (default: runs/<algo>_<env>_<file>, numbered if taken)")
    .action(importCommand);
}

async function importCommand(file: string, flags: ImportFlags): Promise<void> {
  const environment = await chooseEnvironment(flags.env);
  const { importPolicy, trainingOptions } = await import("../../run/import.js");
  const { algo, activation } = flags;
  // The texts come from outside: importPolicy() itself refuses what doesn't fit its types.
  const options = { env: environment.id, ...(algo !== undefined && { algo }), ...(activation !== undefined && { activation }) };
  const policy = await importPolicy(file, options as ImportOptions);
  const folder = await save(policy, file, environment, flags.out);
  const settings = Object.entries(await trainingOptions(policy)).map(([name, value]) => ` --set ${name}=${value}`);
  const { algorithm, critic } = policy.header;
  const train = `lanewise train ${algorithm} ${flags.env} --from ${folder}${settings.join("")}`;
  process.stdout.write(
    `${folder}: a policy of ${algorithm} for ${environment.id}, ${critic ? "with" : "without"} a value network\n` +
      `evaluate it: lanewise eval ${folder}\nlearn on: ${train}\n`,
  );
}

async function save(policy: Policy, file: string, { id, binary }: ChosenEnvironment, out: string | undefined): Promise<string> {
  const { algorithm } = policy.header;
  const name = basename(file, extname(file));
  const folder = out === undefined ? openFreshFolder(`runs/${algorithm}_${id}_${name}`) : openRunFolder(out);
  try {
    if (binary) folder.write(ARTIFACT.environment, binary);
    folder.write(ARTIFACT.config, `${JSON.stringify({ algo: algorithm, env: id, importedFrom: file, lanewise: VERSION }, null, 2)}\n`);
    folder.write(ARTIFACT.policy, await policy.bytes());
    return folder.path;
  } catch (error) {
    folder.discard();
    throw error;
  } finally {
    folder.release();
  }
}
