import { defineConfig } from "vitest/config";

/** Learning runs that take minutes: returns on several seeds for every algorithm. */
export default defineConfig({
  test: { include: ["test/learn/**/*.test.ts"], maxWorkers: 2, testTimeout: 3_600_000 },
});
