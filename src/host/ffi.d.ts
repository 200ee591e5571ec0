/** The two names of Bun's foreign functions that `lock.ts` uses; nothing else of Bun is known to `src`. */
declare module "bun:ffi" {
  export function dlopen(
    name: string,
    symbols: { readonly flock: { readonly args: readonly ["i32", "i32"]; readonly returns: "i32" } },
  ): { readonly symbols: { readonly flock: (descriptor: number, operation: number) => number } };
}
