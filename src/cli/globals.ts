import type { Options } from "./kit/option.ts";
import { levels, logFormats } from "../host/log.ts";

/** Options of every command; they may stand anywhere, also before the command. */
export const globalOptions = {
  help: { kind: "flag", help: "Show this help", alias: ["h"] },
  json: { kind: "flag", help: "Print the result as JSON" },
  "dry-run": { kind: "flag", help: "Say what would change outside this machine, and change nothing" },
  log: { kind: "choice", choices: levels, help: "How much to tell on stderr" },
  "log-format": { kind: "choice", choices: logFormats, fallback: "text", help: "Form of the lines on stderr" },
  cd: { kind: "file", help: "Work in this folder" },
  repo: { kind: "text", help: "Repository on the forge: address or `owner/name`" },
  driver: { kind: "text", alias: ["forge"], help: "Forge: github, gitlab, bitbucket, azure, gitea, forgejo" },
  token: { kind: "secret", alias: ["driver-token"], help: "Token for the forge; better given as CML_TOKEN" },
  "ca-file": { kind: "file", help: "PEM file of certificates to trust besides the built-in ones" },
} as const satisfies Options;
