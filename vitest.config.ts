import { defineConfig } from "vitest/config";

/** The default suite: everything but long learning runs. Two workers, because the suite is meant for two cores. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/learn/**", "**/node_modules/**"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
