import { defineConfig } from "vitest/config";
import { TotalReporter } from "./scripts/total-reporter.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["scripts/bundle-for-tests.mjs"],
    setupFiles: ["test/setup.ts"],
    // Dawn's bindings belong to one thread of a process.
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", new TotalReporter()],
  },
});
