import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // Relative addresses: the built folder works wherever it is put.
  base: "./",
  build: { target: "es2023", outDir: "dist", emptyOutDir: true, modulePreload: false },
  worker: { format: "es" },
});
