/** The work in Node, Deno and Bun: `command.mjs train|share|act FOLDER` prints what came out as JSON. */
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import * as lanewise from "../../dist/index.js";
import { loadPolicy } from "../../dist/policy/index.js";
import { act, exported, share, train } from "./smoke.mjs";

const [task, folder] = process.argv.slice(2);

async function keep(file) {
  const path = `${folder}/trained-${process.pid}.safetensors`;
  await writeFile(path, file);
  return path;
}

const work = {
  train: () => train({ lanewise, loadPolicy, keep }),
  share: () => share({ lanewise }),
  act: async () => act(await exported({ loadPolicy, base: pathToFileURL(`${folder}/policies/`), read: readFile })),
};
console.log(JSON.stringify(await work[task]()));
