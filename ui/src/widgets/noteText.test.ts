import { expect, test } from "vitest";
import { noteText } from "./noteText";

const plain = (text: string) => noteText(text, [], {});

test("lone line breaks break, and fences of percent signs go", () => {
  expect(plain("%%%\none\ntwo\n\nthree\n%%%")).toBe("one  \ntwo\n\nthree");
});

test("lists, headings, tables and code keep their lines", () => {
  const text = "# Title\ntext\n- a\n- b\n\n|x|y|\n|-|-|\n\n```\na\nb\n```";
  expect(plain(text)).toBe(text);
});

test("variables are put in", () => {
  const variables = [{ name: "env", prefix: "env", default: "prod" }];
  expect(noteText("on $env or $env.value", variables, {})).toBe("on env:prod or prod");
});

test("values are not read as Markdown, and stand as they are in code", () => {
  const variables = [{ name: "env", prefix: "env", default: "*" }];
  expect(noteText("$env", variables, {})).toBe("\\*");
  expect(noteText("$env", variables, { env: ["a_b"] })).toBe("env:a\\_b");
  expect(noteText("`$env`\n\n```\n$env\n```", variables, {})).toBe("`*`\n\n```\n*\n```");
});
