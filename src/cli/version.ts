import { createRequire } from "node:module";

/** The package's version. Resolved by the package's own name, which works from a source, a bundle and an install. */
export const { version } = createRequire(import.meta.url)("cellgrad/package.json") as { version: string };
