const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const guarded = Symbol.for("cml.test.guarded");

/** Wraps `fetch` so that anything but this machine throws. */
export function guardFetch(): void {
  if (Reflect.has(globalThis, guarded)) return;
  const real = globalThis.fetch;
  const guard = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(typeof input === "string" ? input : input instanceof URL ? input : input.url);
    if (/^https?:$/.test(url.protocol) && !loopback.test(url.hostname)) throw new Error(`test may not reach ${url.host}`);
    return real(input, init);
  };
  globalThis.fetch = Object.assign(guard, real);
  Reflect.set(globalThis, guarded, true);
}
