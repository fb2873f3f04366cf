export * as rowsOfOps from "./index.ts";
