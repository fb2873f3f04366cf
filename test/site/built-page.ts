/** The page as its users get it: built into a temporary folder and served from there. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const site = fileURLToPath(new URL("../../site/", import.meta.url));
const mediaTypes: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

export interface BuiltPage {
  /** `http://127.0.0.1:…/` */
  readonly address: string;
  /** Paths in the folder, with their contents. */
  readonly files: ReadonlyMap<string, Buffer>;
  close(): void;
}

export async function buildPage(): Promise<BuiltPage> {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-site-"));
  try {
    await build({ root: site, logLevel: "error", build: { outDir: folder } });
    const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const files = new Map(
      paths.map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(folder.length + 1), readFileSync(path)];
      }),
    );
    return { files, ...(await serve(files)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Serves files from memory; a folder's address gives its index.html. */
async function serve(files: ReadonlyMap<string, Buffer>): Promise<Pick<BuiltPage, "address" | "close">> {
  const server = createServer(({ url = "/" }, response) => {
    const path = new URL(url, "http://page").pathname.slice(1) || "index.html";
    const content = files.get(path);
    response.writeHead(content ? 200 : 404, { "content-type": mediaTypes[extname(path)] ?? "text/plain" });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}/`, close: () => void server.close() };
}

/** What a visitor downloads, in kB (1000 bytes) of gzip: each file and all together. */
export function gzipSizes(files: BuiltPage["files"]): { each: [path: string, kB: number][]; total: number } {
  const each = [...files].map(([path, content]): [string, number] => [path, gzipSync(content).length / 1000]);
  return { each, total: each.reduce((sum, [, kB]) => sum + kB, 0) };
}
