/** What to install where no adapter is found. */
import { existsSync, readFileSync } from "node:fs";
import { hasSwiftShader, swiftShaderPackage } from "./swiftshader.node.ts";

export interface System {
  readonly platform: string;
  readonly arch: string;
  /** ID and ID_LIKE of /etc/os-release, such as ["ubuntu", "debian"]. */
  readonly distributions: readonly string[];
  /** An NVIDIA kernel driver answers, though Vulkan found none of its devices. */
  readonly nvidia: boolean;
  /** SwiftShader is installed already, and did not help. */
  readonly swiftShader: boolean;
}

/** Dawn 0.6.2 finds Mesa 22.3's lavapipe too old. */
const mesa = "Mesa 24 or newer";
const installCommands: Readonly<Record<string, string>> = {
  debian: "apt-get install libvulkan1 mesa-vulkan-drivers",
  fedora: "dnf install vulkan-loader mesa-vulkan-drivers",
  rhel: "dnf install vulkan-loader mesa-vulkan-drivers",
  arch: "pacman -S vulkan-icd-loader vulkan-swrast",
  suse: "zypper install libvulkan1 libvulkan_lvp",
};

/** The cure for this system, in a sentence or two. */
export const remedy = (): string => remedyFor(thisSystem());

export function remedyFor(system: System): string {
  if (system.platform === "darwin") return "Dawn uses Metal: run where macOS has a GPU, not in a container.";
  if (system.platform === "win32") return "Dawn uses Direct3D 12: update Windows and the graphics driver.";
  const cures: string[] = [];
  if (system.nvidia) {
    cures.push(
      "An NVIDIA driver is here without its Vulkan part: start the container with " +
        "NVIDIA_DRIVER_CAPABILITIES=all, or install the whole driver.",
    );
  }
  if (system.arch === "x64" && !system.swiftShader) {
    cures.push(`Without root: npm install ${swiftShaderPackage}, which carries a software adapter.`);
  }
  const distribution = system.distributions.find((id) => id in installCommands) ?? "";
  const command = installCommands[distribution];
  cures.push(`As root: ${command ? `${command} (${mesa})` : `install a Vulkan loader and driver, such as ${mesa}`}.`);
  return cures.join(" ");
}

function thisSystem(): System {
  return {
    platform: process.platform,
    arch: process.arch,
    distributions: existsSync("/etc/os-release") ? distributionsOf(readFileSync("/etc/os-release", "utf8")) : [],
    nvidia: existsSync("/dev/nvidiactl"),
    swiftShader: hasSwiftShader(),
  };
}

/** The distribution and those that it derives from, the closest first. */
export function distributionsOf(osRelease: string): string[] {
  const value = (key: string) => new RegExp(`^${key}="?(.*?)"?$`, "m").exec(osRelease)?.[1] ?? "";
  return `${value("ID")} ${value("ID_LIKE")}`.split(" ").filter((id) => id !== "");
}
