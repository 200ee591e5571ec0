import { readdir } from "node:fs/promises";
import { open } from "../../src/storage/local/index.ts";
import { temporaryFolder } from "../support/folder.ts";
import { testHost } from "../support/memory-host.ts";
import { storageContract, uglyNames } from "./storage.ts";

storageContract(
  "local",
  async () => {
    const folder = `${await temporaryFolder()}/store`;
    const { host } = await testHost();
    const store = open({ url: folder, options: new Map(), source: "the test" }, host);
    return { store, keys: async () => (await readdir(folder, { recursive: true })).toSorted() };
  },
  // A file system has no empty folder names.
  { refuses: uglyNames.filter((name) => name.includes("//")) },
);
