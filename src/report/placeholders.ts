import type { SectionName } from "./document.ts";

const pattern = /<!--[ \t]*cml:(metrics|params|plots|images|data|gates)[ \t]*-->/g;

/** Sections that prose places by hand, outside fenced code. */
export function placed(prose: string): ReadonlySet<SectionName> {
  const found = new Set<SectionName>();
  replace(prose, (section) => {
    found.add(section);
    return "";
  });
  return found;
}

/** The prose with each placeholder replaced by its section; every other byte as it was. A section asked for twice appears twice. */
export function fill(prose: string, section: (name: SectionName) => string): string {
  return replace(prose, (name) => section(name).replace(/\n+$/, ""));
}

/** Lines inside a fence are left alone: a document about this program shows placeholders as text. */
function replace(prose: string, section: (name: SectionName) => string): string {
  let fence: string | null = null;
  return prose
    .split("\n")
    .map((line) => {
      const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
      if (mark !== undefined) {
        if (fence === null) fence = mark;
        else if (mark.startsWith(fence) && /^ {0,3}[`~]+[ \t\r]*$/.test(line)) fence = null;
        return line;
      }
      if (fence !== null) return line;
      return line.replace(pattern, (whole: string, name: string) => {
        switch (name) {
          case "metrics":
          case "params":
          case "plots":
          case "images":
          case "data":
          case "gates":
            return section(name);
          default:
            return whole;
        }
      });
    })
    .join("\n");
}
