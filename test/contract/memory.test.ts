import { memoryStore } from "../support/memory-store.ts";
import { storageContract } from "./storage.ts";

storageContract(
  "memory",
  async () => {
    const store = memoryStore();
    return { store, fail: (fault, times) => store.fail(fault, times), keys: async () => [...store.objects.keys()] };
  },
  { seesEveryFault: true },
);
