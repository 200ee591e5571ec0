import { userInfo } from "node:os";

/** Name of the user this program runs as; the user's number where the system knows no name, as in many containers. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "");
  }
}
