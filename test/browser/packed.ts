/** The package as users get it: packed, and unpacked into the node_modules of a fresh folder. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import packageJson from "../../package.json" with { type: "json" };

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Project {
  readonly url: URL;
  readonly path: string;
  write(file: string, text: string): void;
  remove(): void;
}

/** A fresh project that depends on the package as it was last built. Its other packages are the repository's. */
export function projectWithPackage(): Project {
  const path = mkdtempSync(join(tmpdir(), "lanewise-app-"));
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", path], { cwd: root });
  const home = join(path, "node_modules/lanewise");
  mkdirSync(home, { recursive: true });
  execFileSync("tar", ["xzf", join(path, `lanewise-${packageJson.version}.tgz`), "-C", home, "--strip-components=1"]);
  for (const name of Object.keys(packageJson.dependencies)) {
    const link = join(path, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", name), link);
  }
  writeFileSync(join(path, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  return {
    url: pathToFileURL(`${path}/`),
    path,
    write(file, text) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), text);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
