/** Where a user's programs keep what they can make again. */
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** The user's cache folder, and for where that cannot be used a temporary one. They need not exist. */
export function cacheFolders(): [user: string, temporary: string] {
  const user = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return [join(user, "cellgrad"), join(tmpdir(), `cellgrad-${process.getuid?.() ?? "user"}`)];
}
