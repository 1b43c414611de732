/** The work in a page. */
import * as lanewise from "../../dist/index.js";
import { loadPolicy } from "../../dist/policy/index.js";
import { act, exported, train } from "./smoke.mjs";

const read = async (url) => (await fetch(url)).arrayBuffer();
const keep = async (file) => URL.createObjectURL(new Blob([file]));

const work = {
  train: () => train({ lanewise, loadPolicy, keep }),
  act: async () => act(await exported({ loadPolicy, base: new URL("/policies/", location.href), read })),
};

/** As JSON, which crosses to the test faster than values do. */
export async function run(task) {
  return JSON.stringify(await work[task]());
}
