import { expect, test } from "bun:test";
import { AuthError, ConfigError, ConflictError, IntegrityError, UnavailableError } from "../../../src/core/error.ts";
import { open } from "../../../src/storage/s3/index.ts";
import { bodyOf, failure } from "../../contract/storage.ts";
import { identityFetch, identityServices } from "../../fake/identity.ts";
import { testHost } from "../../support/memory-host.ts";

const signal = new AbortController().signal;
const keys = { access_key_id: "AKIDEXAMPLE", secret_access_key: "secret-example" };

interface Wish {
  readonly url?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Answers in turn; the last is repeated. */
  readonly answers?: readonly (() => Response)[];
}

interface Seen {
  readonly urls: string[];
  readonly headers: Headers[];
  readonly result: unknown;
}

const fine = (): Response => new Response("", { headers: { "content-length": "0" } });

async function ask(
  wish: Wish,
  act: (store: ReturnType<typeof open>) => Promise<unknown> | undefined = (store) => store.stat("k", signal),
): Promise<Seen> {
  const urls: string[] = [];
  const headers: Headers[] = [];
  const answers = wish.answers ?? [fine];
  const { host } = await testHost({
    env: { HOME: "/nonexistent", ...wish.env },
    ...(wish.files === undefined ? {} : { files: wish.files }),
    clock: { now: () => Date.UTC(2026, 0, 1), sleep: async () => undefined },
    fetch: async (url, init) => {
      urls.push(url);
      headers.push(new Headers(init.headers));
      return (answers[Math.min(urls.length, answers.length) - 1] ?? fine)();
    },
  });
  const options = new Map(
    Object.entries({ ...keys, ...wish.options }).map(([name, value]) => [name, value.replace("CWD", host.cwd)]),
  );
  const store = open({ url: wish.url ?? "s3://data/p", options, source: "test" }, host);
  return { urls, headers, result: await Promise.resolve(act(store)).catch((error: unknown) => error) };
}

const profile = {
  config: `[default]
region = eu-central-1
[profile ml]
region = ap-south-1
services = own
s3 =
    addressing_style = virtual
    multipart_threshold = 8MB
    multipart_chunksize = 5MB
[services own]
s3 =
  endpoint_url = https://objects.example.com:9000
`,
  credentials: "[ml]\naws_access_key_id = MLID\naws_secret_access_key = ml-secret\n",
};
const files = { configpath: "CWD/config", credentialpath: "CWD/credentials" };

test.each([
  ["nothing: the region of all", {}, {}, "https://data.s3.us-east-1.amazonaws.com/p/k"],
  ["an option", { region: "eu-west-3" }, { AWS_REGION: "x" }, "https://data.s3.eu-west-3.amazonaws.com/p/k"],
  ["the environment", {}, { AWS_DEFAULT_REGION: "us-west-2" }, "https://data.s3.us-west-2.amazonaws.com/p/k"],
  ["China", { region: "cn-north-1" }, {}, "https://data.s3.cn-north-1.amazonaws.com.cn/p/k"],
  ["no TLS", { use_ssl: "false" }, {}, "http://data.s3.us-east-1.amazonaws.com/p/k"],
  ["an endpoint", { endpointurl: "https://minio.example.com:9000/" }, {}, "https://minio.example.com:9000/data/p/k"],
  ["an endpoint below a path", { endpointurl: "https://example.com/s3/" }, {}, "https://example.com/s3/data/p/k"],
  [
    "the environment's endpoint",
    {},
    { AWS_ENDPOINT_URL: "http://all", AWS_ENDPOINT_URL_S3: "http://own:1" },
    "http://own:1/data/p/k",
  ],
  [
    "an endpoint that does not count",
    {},
    { AWS_ENDPOINT_URL: "http://all", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
    "https://data.s3.us-east-1.amazonaws.com/p/k",
  ],
])("requests go where it is said by %s", async (_, options, env, url) => {
  expect((await ask({ options, env })).urls).toEqual([url]);
});

test("names that cannot be hosts are asked for by path", async () => {
  for (const bucket of ["with.dots", "Upper", "under_score"])
    expect((await ask({ url: `s3://${bucket}/p` })).urls[0]).toStartWith(`https://s3.us-east-1.amazonaws.com/${bucket}/`);
});

test("a profile gives region, endpoint, style, sizes and keys", async () => {
  const none = { access_key_id: "", secret_access_key: "" };
  const seen = await ask({ options: { ...files, ...none, profile: "ml" }, files: profile });
  expect(seen.urls).toEqual(["https://data.objects.example.com:9000/p/k"]);
  expect(seen.headers[0]?.get("authorization")).toContain("Credential=MLID/20260101/ap-south-1/s3/");
  expect((await ask({ options: files, files: profile })).urls).toEqual(["https://data.s3.eu-central-1.amazonaws.com/p/k"]);
  const parted = await ask(
    {
      options: { ...files, profile: "ml" },
      files: profile,
      answers: [() => new Response("<UploadId>u</UploadId>"), () => new Response("", { headers: { etag: '"e"' } })],
    },
    (store) => store.write?.("k", bodyOf(new Uint8Array(9 * 1024 * 1024)), { signal }),
  );
  // The start, two parts, the end.
  expect(parted.urls.filter((url) => url.includes("partNumber="))).toHaveLength(2);
});

test("the region that a bucket names is taken over for all later requests", async () => {
  const moved = (): Response => new Response("", { status: 301, headers: { "x-amz-bucket-region": "eu-west-1" } });
  const seen = await ask({ answers: [moved, fine] }, async (store) => [
    await store.stat("k", signal),
    await store.stat("l", signal),
  ]);
  expect(seen.urls).toEqual([
    "https://data.s3.us-east-1.amazonaws.com/p/k",
    "https://data.s3.eu-west-1.amazonaws.com/p/k",
    "https://data.s3.eu-west-1.amazonaws.com/p/l",
  ]);
  expect(seen.headers[1]?.get("authorization")).toContain("/eu-west-1/s3/");
  const body = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-north-1</Region></Error>";
  const malformed = await ask({ answers: [() => new Response(body, { status: 400 }), fine] }, (store) =>
    store.read("k", { signal }),
  );
  expect(malformed.urls.at(-1)).toBe("https://data.s3.eu-north-1.amazonaws.com/p/k");
});

test("a redirect that names no region is an error that says what to set", async () => {
  const lost = await ask(
    { answers: [() => new Response("<Error><Code>PermanentRedirect</Code></Error>", { status: 301 })] },
    (store) => store.read("k", { signal }),
  );
  expect(lost.result).toBeInstanceOf(IntegrityError);
  expect(lost.result instanceof IntegrityError && lost.result.hint).toContain("endpointurl");
});

test("an expired session of the environment is named, and tried once only", async () => {
  const body = "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>";
  const seen = await ask(
    {
      options: { access_key_id: "", secret_access_key: "" },
      env: { AWS_ACCESS_KEY_ID: "ASIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret-example", AWS_SESSION_TOKEN: "session-example" },
      answers: [() => new Response(body, { status: 400 })],
    },
    (store) => store.read("k", { signal }),
  );
  expect(seen.urls).toHaveLength(1);
  expect(seen.result).toBeInstanceOf(AuthError);
  expect(String(seen.result)).toContain("expired");
  expect(seen.result instanceof AuthError && seen.result.hint).toContain("AWS_ACCESS_KEY_ID");
});

test("a credential that ends in the middle is renewed, and the request sent again with the new one", async () => {
  const identity = identityServices();
  const signIn = identityFetch(identity);
  const tokens: (string | null)[] = [];
  const { host } = await testHost({
    env: { AWS_ROLE_ARN: "arn:aws:iam::1:role/r", AWS_REGION: "eu-west-1", GITLAB_OIDC_TOKEN: "jwt-of-the-job" },
    async fetch(url, init) {
      if (!url.includes(".s3.")) return signIn(url, init);
      tokens.push(new Headers(init.headers).get("x-amz-security-token"));
      const body = "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>";
      return tokens.length === 2
        ? new Response(body, { status: 400 })
        : new Response("fine", { headers: { "content-length": "4" } });
    },
  });
  identity.accepted.add("jwt-of-the-job");
  const store = open({ url: "s3://data/p", options: new Map(), source: "test" }, host);
  for (const key of ["a", "b", "c"]) await (await store.read(key, { signal })).bytes();
  expect(tokens).toEqual(["aws-session-1", "aws-session-1", "aws-session-2", "aws-session-2"]);
});

test("403 in place of 404 is explained", async () => {
  const body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
  const { result } = await ask({ answers: [() => new Response(body, { status: 403 })] }, (store) => store.read("k", { signal }));
  expect(result instanceof AuthError && result.hint).toContain("s3:ListBucket");
});

test("SlowDown for ever ends as UnavailableError, whatever its status", async () => {
  const body = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
  for (const status of [503, 400]) {
    const seen = await ask({ answers: [() => new Response(body, { status })] }, (store) => store.read("k", { signal }));
    expect(seen.urls.length).toBeGreaterThan(5);
    expect(String(seen.result)).toContain("Please reduce your request rate");
    if (status === 503) expect(seen.result).toBeInstanceOf(UnavailableError);
  }
});

test("a server that knows no conditional writes is asked whether the object is there", async () => {
  const unknown = (): Response => new Response("<Error><Code>NotImplemented</Code></Error>", { status: 501 });
  const absent = (): Response => new Response(null, { status: 404 });
  const write = (store: ReturnType<typeof open>) => store.write?.("k", bodyOf("x"), { ifAbsent: true, signal });
  // The refused write, the look-up, the bucket's, the write without condition.
  const written = await ask({ answers: [unknown, absent, fine, fine] }, write);
  expect(written.result).toBeUndefined();
  expect(written.headers.map((one) => one.get("if-none-match"))).toEqual(["*", null, null, null]);
  expect((await ask({ answers: [unknown, fine] }, write)).result).toBeInstanceOf(ConflictError);
});

test("contradictory options are ConfigErrors before anything is sent", async () => {
  const customer = Buffer.alloc(32).toString("base64");
  for (const options of [
    { access_key_id: "AKID", secret_access_key: "" },
    { sse_customer_key: customer, sse_kms_key_id: "k" },
    { sse_customer_key: "short" },
    { acl: "private", grant_read: "id=x" },
    { use_ssl: "perhaps", endpointurl: "x" },
    { read_timeout: "soon" },
  ])
    expect(
      await failure(ask({ options }).then(({ result }) => (result instanceof Error ? Promise.reject(result) : result))),
    ).toBeInstanceOf(ConfigError);
});
