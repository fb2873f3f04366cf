/**
 * SwiftShader, Vulkan on the CPU, for machines without any adapter: from the npm package @sparticuz/chromium, which
 * carries it beside its browser. Needs no root and no download.
 */
import { randomUUID } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { DataError, DeviceError } from "../errors.ts";
import { cacheFolders } from "./cache.node.ts";
import { readTar } from "./tar.ts";
import type { VulkanDriver } from "./vulkan.node.ts";

const loader = "libvulkan.so.1";
const manifest = "vk_swiftshader_icd.json";
/** Only these leave the archive, so no name in it can point elsewhere. */
const wanted = ["libvk_swiftshader.so", loader, manifest];

/** The package that carries SwiftShader. */
export const swiftShaderPackage = "@sparticuz/chromium";

interface Archive {
  readonly path: string;
  readonly version: string;
}

/** True where the package is installed and its binaries fit: Linux on x64. */
export const hasSwiftShader = (): boolean => findArchive() !== undefined;

function findArchive(): Archive | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  let folder: string;
  try {
    folder = createRequire(import.meta.url).resolve(swiftShaderPackage);
  } catch {
    return undefined;
  }
  while (!existsSync(join(folder, "bin"))) {
    if (folder === dirname(folder)) return undefined;
    folder = dirname(folder);
  }
  const path = join(folder, "bin", "swiftshader.tar.br");
  if (!existsSync(path)) return undefined;
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return { path, version };
}

/**
 * Unpacks SwiftShader, once per version, into the user's cache folder, or else into a private temporary one.
 *
 * @throws DeviceError if the package is missing or damaged, or neither folder can be used.
 */
export function extractSwiftShader(): VulkanDriver {
  const archive = findArchive();
  if (!archive) throw new DeviceError(`SwiftShader: expected ${swiftShaderPackage} to be installed, got none`);
  const refusals: string[] = [];
  for (const cache of cacheFolders()) {
    try {
      const folder = extractInto(cache, archive);
      return { manifest: join(folder, manifest), loader: join(folder, loader) };
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new DeviceError(
    `SwiftShader: expected to unpack ${archive.path}, got ${refusals.join("; ")}. ` +
      "Set XDG_CACHE_HOME to a folder of your own.",
  );
}

function extractInto(cache: string, archive: Archive): string {
  const name = `swiftshader-${archive.version}`;
  const folder = join(cache, name);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    assertPrivate(cache);
    const temporary = join(cache, `.${name}.${randomUUID()}`);
    try {
      extractFiles(archive.path, temporary);
      renameSync(temporary, folder);
    } catch (error) {
      // Another process may have been first; the folder appears only whole.
      if (!existsSync(folder)) throw error;
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  assertPrivate(folder);
  return folder;
}

function extractFiles(archive: string, folder: string): void {
  const files = readTar(brotliDecompressSync(readFileSync(archive)));
  mkdirSync(folder, { mode: 0o700 });
  for (const name of wanted) {
    const content = files.get(name);
    if (!content) throw new DataError(`${archive}: expected ${name} in it, got ${[...files.keys()].join(", ")}`);
    writeFileSync(join(folder, name), content);
  }
}

/** Code is loaded from here, so nobody else may be able to put it there. */
function assertPrivate(folder: string): void {
  const { uid, mode } = lstatSync(folder);
  const mine = uid === (process.getuid?.() ?? uid);
  if (!mine || (mode & 0o022) !== 0) throw new DataError(`${folder}: expected a folder that only you can write`);
}
