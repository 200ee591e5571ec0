import { expect, test } from "bun:test";
import { spliceImages } from "../../../src/report/splice.ts";

test("spliceImages() counts a byte order mark, tabs and characters of two units", async () => {
  const image = { name: "a.png", mediaType: "image/png", bytes: new Uint8Array(1) };
  const text = '\ufeff😀\t![é](a.png "t")\r\n\t- <img src=a.png>\n';
  const done = await spliceImages(
    text,
    async () => image,
    async (list) => list.map(() => "https://forge.example/1"),
  );
  expect(done).toBe('\ufeff😀\t![é](https://forge.example/1 "t")\r\n\t- <img src="https://forge.example/1">\n');
});
