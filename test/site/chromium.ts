/** A headless Chromium to open pages with: the one of @sparticuz/chromium where its binaries fit, else the system's. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { readTar } from "../../src/gpu/tar.ts";

/** WebGPU in software: Chromium's own SwiftShader, whatever the machine has. */
export const webGpuFlags = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

const quietFlags = [
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export async function launchChromium(flags: readonly string[]): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ ...findChromium(), args: [...quietFlags, ...sandbox, ...flags], timeout: 30_000 });
}

function findChromium(): { executablePath: string; env?: Record<string, string> } | { channel: string } {
  if (process.platform === "linux" && process.arch === "x64") {
    const folder = unpackChromium();
    // Only this: an environment that picks a Vulkan driver for Node is not to pick the browser's.
    const env = { HOME: folder, FONTCONFIG_PATH: folder, LD_LIBRARY_PATH: join(folder, "lib") };
    return { executablePath: join(folder, "chromium"), env };
  }
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const executablePath = ["chromium", "chromium-browser"]
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
  return executablePath ? { executablePath } : { channel: "chrome" };
}

/** Unpacks the package's browser, fonts, SwiftShader and NSS libraries, once a version. */
function unpackChromium(): string {
  const archives = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../../bin");
  const { version } = JSON.parse(readFileSync(join(archives, "../package.json"), "utf8")) as { version: string };
  const folder = fileURLToPath(new URL(`../../.cache/chromium-${version}`, import.meta.url));
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  for (const archive of readdirSync(archives)) {
    const content = brotliDecompressSync(readFileSync(join(archives, archive)));
    if (archive.endsWith(".tar.br")) unpackTar(content, temporary);
    else writeFileSync(join(temporary, basename(archive, ".br")), content, { mode: 0o755 });
  }
  // The package's names folders of the machines that it was made for.
  const fonts = `<fontconfig><dir>${join(folder, "fonts")}</dir><cachedir>${join(folder, "cache")}</cachedir></fontconfig>`;
  writeFileSync(join(temporary, "fonts.conf"), fonts);
  try {
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true });
    if (!existsSync(folder)) throw error; // else another process was first
  }
  return folder;
}

function unpackTar(archive: Uint8Array, folder: string): void {
  for (const [name, content] of readTar(archive)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: 0o755 });
  }
}
