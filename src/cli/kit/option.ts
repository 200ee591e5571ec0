import type { Secret } from "../../core/secret.ts";

interface Common {
  readonly help: string;
  /** Further names: one letter is `-x`, more letters `--name`. */
  readonly alias?: readonly string[];
  /** Variables read when the flag is absent, first one wins, after `CML_<COMMAND>_<OPTION>` and `CML_<OPTION>`. */
  readonly env?: readonly string[];
  readonly conflicts?: readonly string[];
  readonly needs?: readonly string[];
  readonly hidden?: boolean;
  /** Says what to use instead; using the option warns. */
  readonly deprecated?: string;
  /** Heading in `--help`. */
  readonly group?: string;
}

export type Option = Common &
  (
    | { readonly kind: "text" | "file"; readonly fallback?: string; readonly required?: boolean }
    | { readonly kind: "secret"; readonly required?: boolean }
    | { readonly kind: "number" | "duration" | "size"; readonly fallback?: number; readonly required?: boolean }
    | { readonly kind: "flag"; readonly fallback?: boolean }
    | { readonly kind: "choice"; readonly choices: readonly string[]; readonly fallback?: string; readonly required?: boolean }
    /** Repeats; with `words` also takes several words after one name, with `comma` splits at commas. */
    | { readonly kind: "list"; readonly words?: boolean; readonly comma?: boolean }
    | { readonly kind: "pairs"; readonly words?: boolean }
  );

export type Options = Readonly<Record<string, Option>>;

type Present<O, T> = O extends { readonly required: true } | { readonly fallback: string | number } ? T : T | undefined;

/** Exact type of an option's value. Durations are milliseconds, sizes bytes. */
export type Value<O extends Option> = O extends { readonly kind: "flag" }
  ? boolean
  : O extends { readonly kind: "list" }
    ? string[]
    : O extends { readonly kind: "pairs" }
      ? Record<string, string>
      : O extends { readonly kind: "number" | "duration" | "size" }
        ? Present<O, number>
        : O extends { readonly kind: "secret" }
          ? Present<O, Secret>
          : O extends { readonly kind: "choice"; readonly choices: readonly (infer C extends string)[] }
            ? Present<O, C>
            : Present<O, string>;

/** Keys are camelCase of the option names: `min-change` is `minChange`. */
export type Values<O extends Options> = {
  readonly [K in keyof O as K extends string ? Camel<K> : never]: Value<O[K]>;
};

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

export interface Operand {
  readonly name: string;
  readonly help: string;
  readonly required?: boolean;
  /** The last operand may take all that follow. */
  readonly many?: boolean;
}
