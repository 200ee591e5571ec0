import { test } from "bun:test";
import { randomStories } from "../support/launch.ts";

test("2,000 random launches leave nothing", () => randomStories(2_000), 600_000);
