import { createRequire } from "node:module";

/** Resolved by the package's own name, which works from a source, a bundle, an install and the standalone folder. */
const manifest = createRequire(import.meta.url)("cellgrad/package.json") as {
  version: string;
  bundled?: Readonly<Record<string, string>>;
};

/** The package's version. */
export const { version } = manifest;

/** Versions of the packages that are inside the standalone folder; nothing elsewhere. */
export const bundledVersions: Readonly<Record<string, string>> = manifest.bundled ?? {};
