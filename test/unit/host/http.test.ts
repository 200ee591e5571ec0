import { describe, expect, test } from "bun:test";
import {
  AuthError,
  CmlError,
  ConflictError,
  InputError,
  IntegrityError,
  NotFoundError,
  UnavailableError,
} from "../../../src/core/error.ts";
import { Secret } from "../../../src/core/secret.ts";
import type { Http, HttpRequest } from "../../../src/host/http.ts";
import { testClock, testHost } from "../../support/memory-host.ts";
import { testServer } from "./server.ts";

const token = "tok-0123456789abcdef";
const credential = new Secret(token, "GITHUB_TOKEN");

interface World {
  readonly http: Http;
  readonly slept: readonly number[];
  stderr(): string;
  cancel(signal: "SIGINT" | "SIGTERM"): void;
}

async function world(random = 0.5): Promise<World> {
  const clock = testClock();
  const made = await testHost({ clock, random: () => random, env: { GITHUB_TOKEN: token } });
  return { http: made.host.configured({ logLevel: "debug" }).http, slept: clock.slept, stderr: made.stderr, cancel: made.cancel };
}

async function failure(http: Http, request: Omit<HttpRequest, "service">): Promise<CmlError> {
  const error: unknown = await http.request({ service: "GitHub", ...request }).catch((thrown: unknown) => thrown);
  if (error instanceof CmlError) return error;
  throw new Error(`expected a failure, got ${String(error)}`);
}

describe("request()", () => {
  test("sends query, headers, credential and JSON", async () => {
    const server = await testServer([{ status: 201, body: '{"id":1}', headers: { "content-type": "application/json" } }]);
    const { http } = await world();
    const answer = await http.request({
      service: "GitHub",
      method: "POST",
      url: `${server.url}/a%2Fb`,
      query: { page: 2, q: "a b&c", none: undefined },
      headers: { accept: "application/x" },
      json: { text: "é" },
      credential,
    });
    expect(answer.status).toBe(201);
    expect(answer.json()).toEqual({ id: 1 });
    const [seen] = server.seen;
    expect(seen?.method).toBe("POST");
    expect(new URL(seen?.url ?? "", server.url).searchParams.get("q")).toBe("a b&c");
    expect(seen?.url).toStartWith("/a%2Fb?page=2&q=");
    expect(seen?.url).not.toContain("none");
    expect(seen?.headers["authorization"]).toBe(`Bearer ${token}`);
    expect(seen?.headers["accept"]).toBe("application/x");
    expect(seen?.headers["content-type"]).toBe("application/json");
    expect(seen?.body).toBe('{"text":"é"}');
  });

  test("uses the driver's own header for the credential", async () => {
    const server = await testServer([{}]);
    const { http } = await world();
    await http.request({
      service: "Gitea",
      url: server.url,
      credential,
      authorization: (value) => ({ authorization: `token ${value}` }),
    });
    expect(server.seen[0]?.headers["authorization"]).toBe(`token ${token}`);
  });

  test("a text body is not called JSON, bytes go out as they are", async () => {
    const server = await testServer([{}]);
    const { http } = await world();
    await http.request({ service: "x", method: "PUT", url: server.url, body: "plain" });
    await http.request({ service: "x", method: "PUT", url: server.url, body: new Uint8Array([104, 105]) });
    expect(server.seen[0]?.headers["content-type"]).toBe("text/plain;charset=UTF-8");
    expect(server.seen.map((seen) => seen.body)).toEqual(["plain", "hi"]);
  });

  test("a signed query is left as it was signed", async () => {
    const server = await testServer([{}]);
    const { http } = await world();
    await http.request({ service: "S3", url: `${server.url}/k%20y?X-Amz-Signature=a%2Fb%2B&empty&c=%7E` });
    expect(server.seen[0]?.url).toBe("/k%20y?X-Amz-Signature=a%2Fb%2B&empty&c=%7E");
  });

  test("statuses of `allow` are answers", async () => {
    const server = await testServer([{ status: 404, body: "no" }]);
    const { http } = await world();
    expect((await http.request({ service: "x", url: server.url, allow: [404] })).status).toBe(404);
  });
});

describe("retries", () => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE"] as const) {
    for (const status of [408, 425, 429, 500, 502, 503, 504]) {
      test(`${method} is sent again after ${status}`, async () => {
        const server = await testServer([{ status }, { status: 200 }]);
        const { http, slept } = await world();
        expect((await http.request({ service: "x", method, url: server.url })).status).toBe(200);
        expect(server.seen.length).toBe(2);
        expect(slept).toEqual([500]);
      });
    }
  }

  for (const method of ["POST", "PATCH"] as const) {
    test(`${method} is sent once, and again only when it is said to be idempotent`, async () => {
      const server = await testServer([{ status: 503 }, { status: 503 }, { status: 200 }]);
      const { http } = await world();
      expect(await failure(http, { method, url: server.url })).toBeInstanceOf(UnavailableError);
      expect(server.seen.length).toBe(1);
      expect((await http.request({ service: "x", method, url: server.url, idempotent: true })).status).toBe(200);
      expect(server.seen.length).toBe(3);
    });
  }

  for (const status of [400, 401, 403, 404, 409, 422, 501]) {
    test(`${status} is not tried again`, async () => {
      const server = await testServer([{ status }, { status: 200 }]);
      const { http } = await world();
      await failure(http, { url: server.url });
      expect(server.seen.length).toBe(1);
    });
  }

  test("the wait doubles with full jitter and ends with the attempts", async () => {
    const server = await testServer([{ status: 503 }]);
    const { http, slept } = await world(1);
    expect(await failure(http, { url: server.url, timeoutMs: 600_000 })).toBeInstanceOf(UnavailableError);
    expect(slept).toEqual([1_000, 2_000, 4_000, 8_000, 15_000]);
    expect(server.seen.length).toBe(6);
  });

  test("Retry-After in seconds and as a date is honoured", async () => {
    const date = new Date(testClock().now() + 7_000).toUTCString();
    for (const [value, wait] of [
      ["3", 3_000],
      [date, 7_000],
    ] as const) {
      const server = await testServer([{ status: 429, headers: { "retry-after": value } }, {}]);
      const { http, slept } = await world();
      await http.request({ service: "x", url: server.url });
      expect(slept).toEqual([wait]);
    }
  });

  test("a Retry-After beyond the ceiling fails at once and says when to come back", async () => {
    const server = await testServer([{ status: 429, headers: { "retry-after": "3600" } }, {}]);
    const { http, slept } = await world();
    const error = await failure(http, { url: server.url });
    expect(slept).toEqual([]);
    expect(error instanceof UnavailableError && error.retryAfterMs).toBe(3_600_000);
    expect(error.hint).toBe("it asks to wait 3600 s");
  });

  test("GitHub's 403 of a used-up rate is no lack of permission", async () => {
    const reset = String(Math.floor(testClock().now() / 1000) + 5);
    const server = await testServer([
      { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset } },
      { status: 403, body: '{"message":"You have exceeded a secondary rate limit"}' },
      {},
    ]);
    const { http, slept } = await world();
    expect((await http.request({ service: "GitHub", url: server.url })).status).toBe(200);
    expect(slept[0]).toBe(5_000);
  });

  test("the deadline covers all attempts", async () => {
    const server = await testServer([{ status: 503, headers: { "retry-after": "4" } }]);
    const { http, slept } = await world();
    await failure(http, { url: server.url, timeoutMs: 10_000 });
    expect(slept).toEqual([4_000, 4_000]);
  });

  test("a connection that is cut is tried again for GET, not for POST", async () => {
    const server = await testServer([{ cut: true }, { status: 200 }, { cut: true }]);
    const { http } = await world();
    expect((await http.request({ service: "x", url: server.url })).status).toBe(200);
    const error = await failure(http, { method: "POST", url: server.url });
    expect(error.message).toContain("was cut");
    expect(server.seen.length).toBe(3);
  });

  test("a body that ends early is tried again", async () => {
    const server = await testServer([{ promise: 100, body: "half" }, { body: "whole" }]);
    const { http } = await world();
    expect((await http.request({ service: "x", url: server.url })).text()).toBe("whole");
  });

  test("a refused connection is tried again whatever the method, and names the host", async () => {
    const { http, slept } = await world();
    const error = await failure(http, { method: "POST", url: "http://127.0.0.1:9/x" });
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error.message).toContain("cannot reach GitHub (127.0.0.1:9): connection refused");
    expect(slept.length).toBe(5);
  });

  test("a server that does not answer ends at the deadline", async () => {
    const server = await testServer([{ silent: true }]);
    const { http } = await world();
    const error = await failure(http, { url: server.url, timeoutMs: 300 });
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error.message).toContain("no answer from GitHub");
    expect(server.seen.length).toBe(1);
  });

  test("cancelling ends a request with the signal's reason", async () => {
    const server = await testServer([{ silent: true }]);
    const { http, cancel } = await world();
    const pending = failure(http, { url: server.url });
    cancel("SIGINT");
    expect((await pending).kind).toBe("cancelled");
  });
});

describe("errors", () => {
  const cases = [
    [401, AuthError, 4, "rejected the token: Bad credentials"],
    [403, AuthError, 4, "refused the request: Bad credentials"],
    [404, NotFoundError, 1, "does not have it: Bad credentials"],
    [409, ConflictError, 1, "reports a conflict: Bad credentials"],
    [422, InputError, 1, "did not accept the request (422): Bad credentials"],
    [413, InputError, 1, "did not accept the request (413): Bad credentials"],
    [500, UnavailableError, 5, "failed with 500: Bad credentials"],
  ] as const;
  for (const [status, type, , words] of cases) {
    test(`${status} is ${type.name} with the call, the request's id and the server's words`, async () => {
      const server = await testServer([
        { status, body: '{"message":"Bad credentials"}', headers: { "x-github-request-id": "AB:12" } },
      ]);
      const { http } = await world();
      const error = await failure(http, { method: "POST", url: `${server.url}/x?sig=SECRETSIG`, credential });
      expect(error).toBeInstanceOf(type);
      expect(error.message).toBe(`GitHub (127.0.0.1:${server.port}) ${words}`);
      expect(error.details).toMatchObject({ status, requestId: "AB:12" });
      const cause = error.cause instanceof Error ? error.cause.message : "";
      expect(cause).toContain(`POST ${server.url}/x?sig=[redacted]: ${status} `);
      expect(cause).toContain("(request AB:12)");
      expect(`${error.message}${cause}${error.hint ?? ""}${JSON.stringify(error)}`).not.toContain(token);
    });
  }

  test("401 says which variable the token came from, or that there is none", async () => {
    const server = await testServer([{ status: 401 }]);
    const { http } = await world();
    expect((await failure(http, { url: server.url, credential })).hint).toBe("the token came from `GITHUB_TOKEN`");
    expect((await failure(http, { url: server.url })).message).toContain("wants a token and none is set");
  });

  const bodies: readonly [string, string, string][] = [
    [
      "GitHub's list",
      '{"message":"Validation Failed","errors":[{"resource":"X","code":"invalid","field":"body"}]}',
      "Validation Failed; body invalid",
    ],
    ["GitLab's fields", '{"message":{"note":["is too long"]}}', "note is too long"],
    ["Bitbucket's object", '{"type":"error","error":{"message":"Bad","detail":"really"}}', "Bad; really"],
    ["OAuth", '{"error":"invalid_grant","error_description":"expired"}', "expired; invalid_grant"],
    ["XML", "<?xml?><Error><Code>X</Code><Message>Access Denied</Message></Error>", "Access Denied"],
    [
      "a web page",
      "<!DOCTYPE html><html><head><title>502\n Bad Gateway</title></head><body>long</body></html>",
      "502 Bad Gateway",
    ],
    ["text with lines", "first\r\n::error::second\u001b[31m", "first ::error::second [31m"],
    ["broken JSON", '{"message":', '{"message":'],
  ];
  for (const [name, body, words] of bodies) {
    test(`the server's own words: ${name}`, async () => {
      const server = await testServer([{ status: 400, body }]);
      const { http } = await world();
      expect((await failure(http, { url: server.url })).message).toEndWith(`(400): ${words}`);
    });
  }

  test("long words are cut between characters, a token in them is hidden", async () => {
    const server = await testServer([{ status: 400, body: `${token} ${"é🙂".repeat(400)}` }]);
    const { http } = await world();
    const { message } = await failure(http, { url: server.url, credential });
    expect(message).not.toContain(token);
    expect(message.length).toBeLessThan(600);
    expect(message.isWellFormed()).toBe(true);
  });

  test("a web page instead of JSON is named as one", async () => {
    const server = await testServer([{ body: "<html><title>Sign in</title></html>", headers: { "content-type": "text/html" } }]);
    const { http } = await world();
    const answer = await http.request({ service: "GitLab", url: server.url });
    expect(() => answer.json()).toThrow("answered with a web page instead of JSON: Sign in");
  });

  test("an answer over the limit is refused, announced or not", async () => {
    const server = await testServer([
      { body: "x".repeat(2_000), headers: { "content-length": "2000" } },
      { body: "x".repeat(2_000) },
    ]);
    const { http } = await world();
    for (let run = 0; run < 2; run += 1)
      expect((await failure(http, { url: server.url, limitBytes: 1_000 })).message).toContain("larger than 1000 bytes");
  });

  test("integers beyond 2^53 stay text, others numbers", async () => {
    const server = await testServer([{ body: '{"id":9007199254740993,"small":42,"float":1.5,"deep":[-12345678901234567890]}' }]);
    const { http } = await world();
    expect((await http.request({ service: "x", url: server.url })).json()).toEqual({
      id: "9007199254740993",
      small: 42,
      float: 1.5,
      deep: ["-12345678901234567890"],
    });
  });
});

describe("redirects", () => {
  test("on the same origin the token goes along", async () => {
    const server = await testServer([{ status: 302, headers: { location: "/moved?x=1" } }, { body: "there" }]);
    const { http } = await world();
    const answer = await http.request({ service: "x", url: `${server.url}/old`, query: { page: 1 }, credential });
    expect(answer.text()).toBe("there");
    expect(server.seen[1]?.url).toBe("/moved?x=1");
    expect(server.seen[1]?.headers["authorization"]).toBe(`Bearer ${token}`);
  });

  test("to another origin no token goes along, in whatever header", async () => {
    const other = await testServer([{ body: "there" }]);
    const server = await testServer([{ status: 307, headers: { location: `${other.url}/x` } }]);
    const { http } = await world();
    const answer = await http.request({
      service: "x",
      method: "PUT",
      url: server.url,
      body: "content",
      headers: { "x-copy": `has ${token}`, "private-token": "p", "x-kept": "yes" },
      credential,
      authorization: (value) => ({ "x-own-token": value }),
    });
    expect(answer.text()).toBe("there");
    const seen = other.seen[0];
    expect(seen?.method).toBe("PUT");
    expect(seen?.body).toBe("content");
    expect(seen?.headers["x-kept"]).toBe("yes");
    expect(JSON.stringify(seen?.headers)).not.toContain(token);
    expect(seen?.headers["private-token"]).toBeUndefined();
  });

  test("303 and 302 of a POST become a GET without body", async () => {
    for (const status of [301, 302, 303]) {
      const server = await testServer([{ status, headers: { location: "/result" } }, { body: "ok" }]);
      const { http } = await world();
      await http.request({ service: "x", method: "POST", url: server.url, json: { a: 1 } });
      expect(server.seen[1]).toMatchObject({ method: "GET", url: "/result", body: "" });
      expect(server.seen[1]?.headers["content-type"]).toBeUndefined();
    }
  });

  test("a ring ends, another scheme is refused, manual is left to the caller", async () => {
    const ring = await testServer([{ status: 302, headers: { location: "/" } }]);
    const { http } = await world();
    expect(await failure(http, { url: ring.url })).toBeInstanceOf(IntegrityError);
    expect(ring.seen.length).toBe(11);
    const file = await testServer([{ status: 302, headers: { location: "file:///etc/passwd" } }]);
    expect((await failure(http, { url: file.url })).message).toContain("no web address");
    expect((await http.request({ service: "x", url: ring.url, redirect: "manual" })).status).toBe(302);
  });
});

describe("pages()", () => {
  async function all(http: Http, url: string): Promise<string[]> {
    const texts: string[] = [];
    for await (const page of http.pages({ service: "x", url, query: { per_page: 2 }, credential })) texts.push(page.text());
    return texts;
  }

  test("follows next links to the end", async () => {
    const server = await testServer((seen) => {
      const page = Number(new URL(seen.url, "http://x").searchParams.get("page") ?? 1);
      const link =
        page < 4 ? `</list?page=${page + 1}&per_page=2>; rel="next", </list?page=4>; rel="last"` : `</list?page=1>; rel=first`;
      return { body: `page ${page}`, headers: { link } };
    });
    const { http } = await world();
    expect(await all(http, `${server.url}/list`)).toEqual(["page 1", "page 2", "page 3", "page 4"]);
  });

  test("a next link on another origin is read on ours: the token stays", async () => {
    const other = await testServer([{}]);
    const server = await testServer((seen) =>
      /[?&]page=2/.test(seen.url)
        ? { body: "second" }
        : { body: "first", headers: { link: `<${other.url}/api/list?page=2>; rel="next"` } },
    );
    const { http } = await world();
    expect(await all(http, `${server.url}/list`)).toEqual(["first", "second"]);
    expect(other.seen).toEqual([]);
  });

  test("a page that repeats ends the list", async () => {
    const server = await testServer([{ body: "same", headers: { link: '</list?page=2>; rel="next"' } }]);
    const { http } = await world();
    expect((await all(http, `${server.url}/list`)).length).toBeLessThanOrEqual(2);
  });
});

test("debug lines tell each call without the token", async () => {
  const server = await testServer([{}]);
  const { http, stderr } = await world();
  await http.request({ service: "x", url: `${server.url}/x?access_token=abcdef123`, credential });
  expect(stderr()).toContain(`GET ${server.url}/x?access_token=[redacted]: 200`);
  expect(stderr()).not.toContain(token);
});
