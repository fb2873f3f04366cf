/**
 * Which adapter runs: a hardware one; else the system's software adapter, such as Mesa's lavapipe; else SwiftShader.
 * Dawn (npm `webgpu`) finds the system's adapters and takes one by name.
 */
import { DeviceError } from "../errors.ts";
import type { AdapterDescription } from "./device.ts";
import { remedy } from "./remedy.node.ts";
import { extractSwiftShader, hasSwiftShader, swiftShaderPackage } from "./swiftshader.node.ts";
import { hasVulkanLoader, withDriver } from "./vulkan.node.ts";

export interface AdapterRequest {
  /** Part of an adapter's name, in upper or lower case. */
  readonly adapter?: string | undefined;
  /** Take an adapter that runs on the CPU, even beside a GPU. */
  readonly software?: boolean | undefined;
  /** Switches of Dawn to turn on, such as "dump_shaders": to look into it, not to train with. */
  readonly toggles?: readonly string[] | undefined;
}

export interface FoundAdapter {
  /** Dawn's instance. webgpu's README asks to let go of it before the process is to end. */
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  readonly description: AdapterDescription;
  /** Why this adapter and no other. */
  readonly reason: string;
}

interface Dawn {
  create(options: string[]): GPU;
  globals: object;
}

interface Listed {
  readonly name: string;
  readonly backend: string;
}

type Taken = Omit<FoundAdapter, "reason">;

/** Timestamps are rounded to 65,536 ns to keep pages apart; a process of one's own may have them as they are. */
const unrounded = "disable-dawn-features=timestamp_quantization";

/**
 * The best adapter that a request admits.
 *
 * @throws DeviceError if there is none; the message says what to install on this system.
 */
export async function requestNodeAdapter(request: AdapterRequest = {}): Promise<FoundAdapter> {
  const dawn = await loadDawn();
  // Without a Vulkan loader Dawn finds nothing, and says so on stderr.
  const system = hasVulkanLoader() ? await list(dawn) : [];
  const taken = await takeBest(dawn, system, request);
  if (taken) return { ...taken, reason: reasonFor(request) ?? systemReason(taken) };
  if (hasSwiftShader() && nameFits("SwiftShader", request)) {
    const swiftShader = await takeSwiftShader(dawn, request);
    const none = `this system has no adapter, and SwiftShader comes with ${swiftShaderPackage}`;
    if (swiftShader) return { ...swiftShader, reason: reasonFor(request) ?? none };
  }
  throw notFound(system, request);
}

async function loadDawn(): Promise<Dawn> {
  try {
    const dawn: Dawn = await import("webgpu");
    Object.assign(globalThis, dawn.globals);
    return dawn;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    if (isNotFound(cause)) {
      throw new DeviceError(
        `webgpu: expected the package, which holds Dawn, got "${got}". Install it, or copy its folder to ` +
          "node_modules/webgpu beside cellgrad's own folder or above it.",
        { cause },
      );
    }
    throw new DeviceError(
      `webgpu: expected Dawn to load on ${process.platform}-${process.arch}, got "${got}". On Linux it needs glibc 2.34.`,
      { cause },
    );
  }
}

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";

/** The system's adapters, the fastest first: Dawn names them where it refuses a name that no adapter has. */
async function list(dawn: Dawn): Promise<Listed[]> {
  try {
    await dawn.create(["adapter=\u0001"]).requestAdapter({ powerPreference: "high-performance" });
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const lines = message.matchAll(/^ \* backend: '(?<backend>.+)', name: '(?<name>.*)'$/gm);
    return [...lines]
      .map(({ groups }) => ({ name: groups?.["name"] ?? "", backend: groups?.["backend"] ?? "" }))
      .filter(({ backend }) => backend !== "null"); // Dawn's null backend runs nothing and reports success
  }
}

async function takeBest(dawn: Dawn, system: readonly Listed[], request: AdapterRequest): Promise<Taken | undefined> {
  let software: Taken | undefined;
  for (const listed of system.filter(({ name }) => nameFits(name, request))) {
    const taken = await take(dawn, listed, request);
    if (taken?.description.type === "software") software ??= taken;
    else if (taken && !request.software) return taken;
  }
  return software;
}

async function take(dawn: Dawn, { name, backend }: Listed, request: AdapterRequest): Promise<Taken | undefined> {
  const { toggles = [] } = request;
  const enabled = toggles.length > 0 ? [`enable-dawn-features=${toggles.join(",")}`] : [];
  const gpu = dawn.create([`adapter=${name}`, unrounded, ...enabled]);
  const adapter = await gpu.requestAdapter();
  if (!adapter) return undefined;
  const { vendor, description: driver, isFallbackAdapter } = adapter.info;
  const type = isFallbackAdapter ? "software" : "hardware";
  return { gpu, adapter, description: { name, vendor, type, backend, driver } };
}

/** Both calls create their Vulkan instance before they first wait, so the process's environment stays as it was. */
async function takeSwiftShader(dawn: Dawn, request: AdapterRequest): Promise<Taken | undefined> {
  const name = "SwiftShader";
  const { listing, taking } = withDriver(extractSwiftShader(), () => ({
    listing: list(dawn),
    taking: take(dawn, { name, backend: "vulkan" }, request),
  }));
  const [[listed], taken] = await Promise.all([listing, taking]);
  return taken && { ...taken, description: { ...taken.description, ...listed } };
}

const nameFits = (name: string, { adapter }: AdapterRequest): boolean =>
  name.toLowerCase().includes((adapter ?? "").toLowerCase());

function reasonFor({ adapter, software }: AdapterRequest): string | undefined {
  const asked = [...(adapter === undefined ? [] : [`"${adapter}"`]), ...(software ? ["a software adapter"] : [])];
  return asked.length > 0 ? `${asked.join(" and ")} was asked for` : undefined;
}

const systemReason = ({ description }: Taken): string =>
  description.type === "hardware" ? "the system's fastest hardware adapter" : "the system has no hardware adapter";

function notFound(system: readonly Listed[], request: AdapterRequest): DeviceError {
  const asked = reasonFor(request);
  const names = [...system.map(({ name }) => name), ...(hasSwiftShader() ? ["SwiftShader"] : [])];
  if (names.length > 0 && request.adapter !== undefined) {
    const kind = request.software ? "a software adapter among" : "one of";
    return new DeviceError(`adapter: expected ${kind} ${names.join(", ")}, got "${request.adapter}"`);
  }
  return new DeviceError(
    `adapter: expected one that Dawn can use, got none${asked ? `, and ${asked}` : ""}. ${remedy()}`,
  );
}
