import { expect, test } from "bun:test";
import { IntegrityError } from "../../../src/core/error.ts";
import { parseXml, xmlChild, xmlList, xmlText } from "../../../src/core/xml.ts";

test("parseXml() keeps every value as text, spaces included, and lists what is asked to be one", () => {
  const root = xmlChild(
    parseXml(
      '<?xml version="1.0"?><a:List xmlns:a="x"><Item><Key> 007 &amp; &#65;</Key></Item><Name Encoded="true">x%20y</Name><E/></a:List>',
      "test",
      ["Item"],
    ),
    "List",
  );
  expect(xmlList(root, "Item").map((item) => xmlText(item, "Key"))).toEqual([" 007 & A"]);
  expect(xmlText(root, "Name")).toBe("x%20y");
  expect(xmlText(xmlChild(root, "Name"), "@Encoded")).toBe("true");
  expect(xmlText(root, "E")).toBe("");
  expect(xmlText(root, "none")).toBeNull();
  expect(xmlList(root, "none")).toEqual([]);
});

test("parseXml() refuses what is no XML, and document types", () => {
  for (const text of ["", "no xml", "<a><b></a>", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'])
    expect(() => parseXml(text, "test")).toThrow(IntegrityError);
});
