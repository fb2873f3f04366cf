/** The Vulkan loader of this process, and the drivers that it offers to Dawn. */
import { constants } from "node:os";

const systemLoader = "libvulkan.so.1";

/** A driver that comes with its own loader. */
export interface VulkanDriver {
  /** The driver's JSON manifest. */
  readonly manifest: string;
  readonly loader: string;
}

let found: boolean | undefined;

/** True if Dawn can load the system's Vulkan loader, or needs none. Dawn itself complains on stderr where it cannot. */
export function hasVulkanLoader(): boolean {
  found ??= process.platform !== "linux" || canLoad(systemLoader, constants.dlopen.RTLD_LAZY);
  return found;
}

/** Calls `request`, whose synchronous part must create Dawn's Vulkan instance, with one driver and no other. */
export function withDriver<Result>(driver: VulkanDriver, request: () => Result): Result {
  if (!hasVulkanLoader()) keepLoaded(driver.loader);
  // Loaders older than 1.3.207 know only the second name.
  const names = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = driver.manifest;
  try {
    return request();
  } finally {
    names.forEach((name, i) => {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    });
  }
}

/**
 * Loads a Vulkan loader for good. Dawn asks the dynamic linker for "libvulkan.so.1" and gets the library of that name
 * that the process already holds. LD_LIBRARY_PATH would do the same, but is read only when a process starts.
 */
function keepLoaded(path: string): void {
  const noDelete = 0x1000; // RTLD_NODELETE on Linux. process.dlopen closes again what is no Node addon.
  canLoad(path, constants.dlopen.RTLD_NOW | noDelete);
}

function canLoad(library: string, flags: number): boolean {
  try {
    process.dlopen({ exports: {} }, library, flags);
    return true;
  } catch (error) {
    // Node says so of a library that it has loaded and that is no addon.
    return error instanceof Error && error.message.includes("did not self-register");
  }
}
