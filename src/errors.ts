/**
 * The error classes. Every message reads `<where>: expected <contract>, got <value>`, followed by the cure where there
 * is one, and is thrown before any GPU work. The command line prints the message in one line.
 */

/** Anything that cellgrad refuses or that failed in a way it understands. */
export class CellgradError extends Error {
  override readonly name: string = "CellgradError";
}

/** Shapes, sizes or options that an op, a layer or a model cannot take. */
export class ShapeError extends CellgradError {
  override readonly name = "ShapeError";
}

/** A file, a folder or a value in one that cannot be used. */
export class DataError extends CellgradError {
  override readonly name = "DataError";
}

/** Training whose predictions are no finite numbers any more. */
export class DivergenceError extends DataError {}

/** The adapter or the device: none found, lost, or an error that WebGPU reported. */
export class DeviceError extends CellgradError {
  override readonly name = "DeviceError";
}

/** An option or an argument that a caller got wrong; the command line exits with 2. */
export class UsageError extends CellgradError {
  override readonly name = "UsageError";
}
