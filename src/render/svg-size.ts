/** CSS pixels of a unit: https://www.w3.org/TR/css-values-4/#absolute-lengths */
const units: Readonly<Record<string, number>> = {
  "": 1,
  px: 1,
  pt: 4 / 3,
  pc: 16,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  em: 16,
  ex: 8,
};

/** The document with a plain `width` and `height` on its root, from what the root says: lengths with units, a `viewBox`, or nothing. */
export function sized(svg: string): string {
  const root = /<svg\b(?:[^>"']|"[^"]*"|'[^']*')*>/i.exec(svg)?.[0];
  if (root === undefined) return svg;
  const attribute = (name: string) => {
    const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "i").exec(root);
    return found?.[1] ?? found?.[2];
  };
  const box = (attribute("viewBox") ?? "")
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const [boxWidth = Number.NaN, boxHeight = Number.NaN] = box.slice(2);
  const given = [length(attribute("width")), length(attribute("height"))];
  const ratio = boxHeight > 0 && boxWidth > 0 ? boxWidth / boxHeight : 2;
  const width = given[0] ?? (given[1] === undefined ? (boxWidth > 0 ? boxWidth : 300) : given[1] * ratio);
  const height = given[1] ?? width / ratio;
  const bare = root.replace(/\s(?:width|height)\s*=\s*(?:"[^"]*"|'[^']*')/gi, "");
  return svg.replace(root, () => bare.replace(/^<svg/i, (start) => `${start} width="${width}" height="${height}"`));
}

/** Pixels of a length; undefined for a share of something and for what is no length. */
function length(text: string | undefined): number | undefined {
  const found = /^\s*\+?(\d*\.?\d+(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i.exec(text ?? "");
  const factor = units[found?.[2]?.toLowerCase() ?? "?"];
  const value = Number(found?.[1]) * (factor ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
