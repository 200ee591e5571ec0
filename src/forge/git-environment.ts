import type { ForgeConfig } from "./contract.ts";

/**
 * Environment in which Git reaches the forge with our token: in no argument, no address and no file. What a checkout left in the repository's
 * own settings for the same server is emptied first, since two credentials in one request are refused.
 */
export function gitEnvironment({ serverUrl, token }: ForgeConfig): Record<string, string> {
  const key = `http.${serverUrl}/.extraHeader`;
  const settings: (readonly [string, string])[] = [["safe.directory", "*"]];
  if (token !== undefined) {
    const basic = Buffer.from(`cml:${token.reveal()}`).toString("base64");
    settings.push([key, ""], [key, `Authorization: Basic ${basic}`], ["credential.helper", ""]);
  }
  return {
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([name, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, name],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** What a person needs of Git's words. */
export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
