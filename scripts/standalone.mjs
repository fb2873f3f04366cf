/**
 * Bundles the whole command line into one folder for a machine without npm and without a network: every JavaScript
 * package is inside, also those of `bench peers`. What is native is left out: `webgpu` (Dawn), which every command on the
 * GPU needs, and packages that some need. Node finds them in a node_modules folder beside the folder or above it.
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { forNode, root } from "./for-node.mjs";

/** Left to Node. `canvas` and those of ONNX Runtime are optional in the code that imports them. */
const external = [
  "webgpu",
  "@resvg/resvg-js",
  "@expo-google-fonts/inter",
  "@sparticuz/chromium",
  "onnxruntime-node",
  "onnxruntime-web",
  "canvas",
];

/** The files that Node starts, each whole: a folder of four files is easier to carry than one of a hundred chunks. */
const entryPoints = {
  cellgrad: "src/cli/main.ts",
  "image-worker": "src/data/image-worker.node.ts",
  peers: "bench/peers/main.ts",
};

/** What CommonJS packages call, which a module has not. */
const banner =
  'import { createRequire as requireFrom } from "node:module";\nconst require = requireFrom(import.meta.url);';

/** Writes the folder, which may be there from an earlier time. @returns the number of packages inside. */
async function bundleStandalone(folder) {
  const { build } = await import("esbuild");
  const { outputFiles, metafile } = await build({
    ...forNode,
    packages: "bundle",
    external,
    mainFields: ["module", "main"],
    sourcemap: false,
    legalComments: "none", // licenses.txt has the whole texts
    banner: { js: banner },
    entryPoints,
    outdir: folder,
    metafile: true,
    write: false,
  });
  const packages = await packagesOf(metafile);
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  await mkdir(folder, { recursive: true });
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
  await writeFile(join(folder, "package.json"), manifestOf(manifest, packages));
  await writeFile(join(folder, "licenses.txt"), await licensesOf(packages));
  await writeFile(join(folder, "README.md"), readme(manifest));
  return packages.length;
}

/** The packages that files came from: where each is, sorted by name. */
async function packagesOf({ inputs }) {
  const folders = new Set();
  for (const input of Object.keys(inputs)) {
    const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
    if (folder) folders.add(resolve(root, folder));
  }
  const packages = await Promise.all(
    [...folders].map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
      return { name, version, license, folder };
    }),
  );
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** By this file the program finds its version, and `bench peers` the libraries that are inside. */
function manifestOf({ name, version, license, type, engines, dependencies }, packages) {
  const bundled = Object.fromEntries(packages.map((own) => [own.name, own.version]));
  const exports = { "./package.json": "./package.json" };
  const needed = { webgpu: dependencies.webgpu };
  const manifest = { name, version, private: true, license, type, engines, exports, dependencies: needed, bundled };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

async function licensesOf(packages) {
  const texts = packages.map(async ({ name, version, license, folder }) => {
    const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const text = file ? await readFile(join(folder, file), "utf8") : `License: ${license}`;
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  const own = `cellgrad\n\n${(await readFile(join(root, "LICENSE"), "utf8")).trim()}\n`;
  return [own, ...(await Promise.all(texts))].join(`\n${"-".repeat(80)}\n\n`);
}

const readme = ({ version, engines, dependencies }) => `# cellgrad ${version}, standalone

All of cellgrad's command line, for a machine without npm and without a network. It needs Node ${engines.node} and the
native package webgpu ${dependencies.webgpu}, which Node looks for in node_modules here and in each folder above:

    node_modules/webgpu/      as npm installs it: index.js, package.json and dist/ with the machine's own system
    standalone/cellgrad.js

Then

    node standalone/cellgrad.js doctor
    node standalone/cellgrad.js bench all --out results

Commands that use other native packages say so where they are missing: @resvg/resvg-js and @expo-google-fonts/inter
(report --figures), @sparticuz/chromium (SwiftShader, for a machine without any Vulkan driver), onnxruntime-node and
onnxruntime-web (bench peers --inference). licenses.txt has the licences of the packages inside.
`;

/** Bundles into a folder, dist/standalone/ unless one is named, and says where and how much. */
export async function reportStandalone(folder = join(root, "dist", "standalone")) {
  const count = await bundleStandalone(resolve(folder));
  console.log(`${folder}: cellgrad with ${count} packages inside; its README.md says what it needs`);
}
