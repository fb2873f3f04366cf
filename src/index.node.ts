/** The parts of cellgrad that need Node: adapters through Dawn, and files. */
export { type AdapterRequest, requestNodeAdapter } from "./gpu/adapter.node.ts";
export { openDevice, type OpenedDevice } from "./gpu/device.node.ts";
export { loadDataset } from "./data/dataset.node.ts";
export { makeDataset } from "./data/make.node.ts";
export { runFigures, type SeenRun } from "./report/seen/figures.node.ts";
export type { Figure } from "./report/figure.ts";
