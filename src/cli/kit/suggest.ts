export { distance, suggest } from "../../core/suggest.ts";
