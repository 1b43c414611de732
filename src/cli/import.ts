/** `lanewise import`: the policy of a network that was trained elsewhere, in a folder as a run leaves it. */
import { basename, extname } from "node:path";
import { VERSION } from "../core/version.js";
import type { Policy } from "../policy/policy.js";
import { ARTIFACT } from "../run/artifacts.js";
import type { ImportOptions } from "../run/import.js";
import { type ChosenEnvironment, chooseEnvironment } from "./environment.js";
import { openFreshFolder, openRunFolder } from "./folder.js";

export interface ImportFlags {
  readonly env: string;
  readonly algo?: string;
  readonly activation?: string;
  readonly out?: string;
}

export async function importCommand(file: string, flags: ImportFlags): Promise<void> {
  const environment = await chooseEnvironment(flags.env);
  const { importPolicy, trainingOptions } = await import("../run/import.js");
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
