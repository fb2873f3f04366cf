import { expect, test } from "vitest";
import { distributionsOf, remedyFor, type System } from "../../src/gpu/remedy.node.ts";

const bare: System = {
  platform: "linux",
  arch: "x64",
  distributions: ["ubuntu", "debian"],
  nvidia: false,
  swiftShader: false,
};

test.each<[string, Partial<System>, RegExp]>([
  [
    "Ubuntu takes Debian's packages",
    {},
    /npm install @sparticuz\/chromium.*As root: apt-get install libvulkan1 mesa-vulkan-drivers/,
  ],
  ["Fedora", { distributions: ["fedora"] }, /As root: dnf install vulkan-loader mesa-vulkan-drivers/],
  [
    "an unknown distribution",
    { distributions: ["nixos"] },
    /As root: install a Vulkan loader and driver, such as Mesa 24 or newer\.$/,
  ],
  ["an NVIDIA device without Vulkan", { nvidia: true }, /^An NVIDIA driver is here.*NVIDIA_DRIVER_CAPABILITIES=all/],
  ["macOS", { platform: "darwin" }, /^Dawn uses Metal/],
  ["Windows", { platform: "win32" }, /^Dawn uses Direct3D 12/],
])("%s", (_, difference, remedy) => {
  expect(remedyFor({ ...bare, ...difference })).toMatch(remedy);
});

test.each<[string, Partial<System>]>([
  ["is installed already", { swiftShader: true }],
  ["has no binaries for this processor", { arch: "arm64" }],
])("SwiftShader is not recommended where it %s", (_, difference) => {
  expect(remedyFor({ ...bare, ...difference })).not.toContain("npm install");
});

test("the distribution and its ancestors, quoted or not", () => {
  expect(distributionsOf('NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n')).toEqual([
    "rocky",
    "rhel",
    "centos",
    "fedora",
  ]);
  expect(distributionsOf("ID=debian\nVERSION_ID=12\n")).toEqual(["debian"]);
});
