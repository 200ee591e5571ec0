const hidden = "[redacted]";

/** A value that must not be printed: it has no useful text, JSON or inspection form. */
export class Secret {
  readonly #value: string;
  /** Where the value came from (`GITHUB_TOKEN`, `--token`, …), for error messages. */
  readonly source: string;

  constructor(value: string, source: string) {
    this.#value = value;
    this.source = source;
  }

  /** The value itself; only for a request header, a signature or a child that was named. */
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return hidden;
  }
  toJSON(): string {
    return hidden;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return hidden;
  }
}

/** Query parameters whose value is a signature or a token, in the URLs of S3, GCS, Azure and OSS. */
const signatureParameters =
  /([?&](?:sig|signature|x-amz-signature|x-amz-security-token|x-amz-credential|x-goog-signature|x-goog-credential|access_token|private_token|token|security-token|sv)=)[^&\s"'`)>]*?(?=[:,.;]?(?:[&\s"'`)>]|$))/gi;
const userInfo = /\b([a-z][a-z0-9+.-]*:\/\/)[^/\s@"'`]+@/gi;

/** Replaces known secrets in text, in raw, base64 and percent-encoded form, at the sink rather than at the call. */
export class Redactor {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /** Values shorter than four characters are left alone: replacing them would shred every message. */
  add(value: string): void {
    if (value.length < 4) return;
    for (const form of [value, encodeURIComponent(value), ...base64Forms(value)]) this.#forms.add(form);
    this.#pattern = undefined;
  }

  redact(text: string): string {
    let safe = text;
    if (this.#forms.size > 0) safe = safe.replace((this.#pattern ??= compile(this.#forms)), hidden);
    // Most text has neither, and compiling the patterns costs a start more than this look.
    if (safe.includes("=")) safe = safe.replace(signatureParameters, `$1${hidden}`);
    return safe.includes("://") ? safe.replace(userInfo, `$1${hidden}@`) : safe;
  }
}

/** A secret inside a longer base64 text (`user:token`) appears at one of three offsets; the stable middle of each is kept. */
function base64Forms(value: string): string[] {
  const bytes = new TextEncoder().encode(value);
  return [0, 1, 2].map((offset) => {
    const padded = new Uint8Array(offset + bytes.length);
    padded.set(bytes, offset);
    const text = btoa(String.fromCharCode(...padded)).replace(/=+$/, "");
    return text.slice(offset === 0 ? 0 : offset + 1, text.length - 1);
  });
}

function compile(forms: ReadonlySet<string>): RegExp {
  const longestFirst = [...forms].filter((form) => form.length >= 4).toSorted((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|") || "(?!)", "g");
}
