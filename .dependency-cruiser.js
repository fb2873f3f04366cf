/**
 * Imports go one way: errors, shape, rng, statistics -> gpu -> kernels -> nn -> report -> cli, site. data stands beside nn, below
 * report: it may use gpu and kernels, and nn may read data sets. bench stands below cli. ARCHITECTURE.md says why.
 */
const folder = (name) => `^src/${name}/`;
const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

/** A folder, and the folders that it may import besides itself and the pure files of src. */
const below = {
  gpu: [],
  kernels: ["gpu"],
  data: ["gpu", "kernels"],
  nn: ["gpu", "kernels", "data"],
  report: ["gpu", "kernels", "data", "nn"],
};
const above = (name) =>
  [...Object.keys(below), "cli"].filter((other) => other !== name && !below[name].includes(other));

export default {
  forbidden: [
    forbid("no-cycle", "A cycle has no first file to read.", {}, { circular: true }),
    forbid("no-unresolved", "The file or package does not exist.", {}, { couldNotResolve: true }),
    forbid(
      "no-undeclared-package",
      "Whoever installs the package gets only its dependencies.",
      { path: ["^src/", "^bench/(?!peers/)"] },
      { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["npm", "type-only"] },
    ),
    forbid(
      "pure-at-the-bottom",
      "errors, shape, rng and statistics import nothing but each other.",
      { path: "^src/(errors|shape|rng|statistics)\\.ts$" },
      { pathNot: "^src/(errors|shape|rng|statistics)\\.ts$" },
    ),
    ...Object.keys(below).map((name) =>
      forbid(
        `${name}-looks-down`,
        `src/${name} may import ${["the pure files of src", ...below[name]].join(", ")}.`,
        { path: folder(name) },
        { path: above(name).map(folder) },
      ),
    ),
    forbid(
      "benchmarks-for-the-command-line",
      "Only src/cli and the tests run benchmarks.",
      { path: ["^src/", "^site/"], pathNot: "^src/cli/" },
      { path: "^bench/" },
    ),
    forbid(
      "benchmarks-below-cli",
      "A benchmark prints nothing; those of bench/peers are processes of their own, which do.",
      { path: "^bench/", pathNot: "^bench/peers/" },
      { path: "^src/cli/" },
    ),
    forbid(
      "no-test-in-the-package",
      "Of the tests, benchmarks need the float64 references and nothing else.",
      { path: ["^src/", "^site/", "^bench/"] },
      { path: "^test/", pathNot: "^test/reference/" },
    ),
    forbid(
      "references-for-benchmarks",
      "What users run does not depend on what checks it.",
      { path: ["^src/", "^site/"] },
      { path: "^test/" },
    ),
    forbid(
      "node-only-where-said",
      "Everything else also runs in a page.",
      { path: ["^src/", "^bench/(?!peers/)"], pathNot: ["^src/cli/", "\\.node\\.ts$"] },
      { dependencyTypes: ["core"] },
    ),
    forbid(
      "no-node-file-in-the-page",
      "A *.node.ts file is Node's part; a page cannot load it.",
      {
        path: "^(src|site)/",
        pathNot: ["^src/cli/", "\\.node\\.ts$", "^site/vite\\.config\\.ts$"],
      },
      { path: "\\.node\\.ts$" },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"] },
  },
};
