import { expect, test } from "bun:test";
import { createSignV4, emptyHash } from "../../../src/auth/aws-sign.ts";
import type { AwsKeys } from "../../../src/auth/aws-sign.ts";

const keys: AwsKeys = {
  id: "AKIAIOSFODNN7EXAMPLE",
  secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  token: null,
  source: "test",
  expiresMs: null,
};
const scope = { region: "us-east-1", service: "s3" };
const now = Date.UTC(2013, 4, 24);
const host = "examplebucket.s3.amazonaws.com";
const putHash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";

/** The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const published = [
  {
    name: "GET object with a range",
    parts: { method: "GET", path: "/test.txt", query: "", headers: { range: "bytes=0-9" }, payloadHash: emptyHash },
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    name: "PUT object",
    parts: {
      method: "PUT",
      path: "/test%24file.text",
      query: "",
      headers: { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
      payloadHash: putHash,
    },
    signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  },
  {
    name: "GET bucket life cycle",
    parts: { method: "GET", path: "/", query: "lifecycle=", headers: {}, payloadHash: emptyHash },
    signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
  },
  {
    name: "GET bucket, list objects",
    parts: { method: "GET", path: "/", query: "max-keys=2&prefix=J", headers: {}, payloadHash: emptyHash },
    signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
];

for (const { name, parts, signature } of published) {
  test(`createSignV4() signs AWS's published example: ${name}`, () => {
    const headers = { host, "x-amz-content-sha256": parts.payloadHash, ...parts.headers };
    const made = createSignV4()({ ...parts, headers }, keys, scope, now);
    expect(made["authorization"]).toEndWith(`Signature=${signature}`);
    expect(made["authorization"]).toStartWith(
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=",
    );
    expect(made["x-amz-date"]).toBe("20130524T000000Z");
  });
}

test("createSignV4() keeps no key of another day, region, service or account", () => {
  const parts = { method: "GET", path: "/", query: "", headers: { host }, payloadHash: emptyHash };
  const kept = createSignV4();
  for (const [who, where, when] of [
    [keys, scope, now],
    [keys, scope, now + 86_400_000],
    [keys, { ...scope, region: "eu-west-1" }, now],
    [keys, { ...scope, service: "sts" }, now],
    [{ ...keys, secret: "other" }, scope, now],
    [keys, scope, now],
  ] as const)
    expect(kept(parts, who, where, when)).toEqual(createSignV4()(parts, who, where, when));
});
