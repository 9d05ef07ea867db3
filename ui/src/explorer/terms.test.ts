import { describe, expect, it } from "vitest";
import { completingAt, partsOf, valuesOf, withTerm, withText, withValues, writeTerm } from "./terms";

describe("terms", () => {
  it.each([
    [{ field: "service", value: "web" }, "service:web"],
    [{ field: "@http.url", value: "https://a/?x=1" }, '@http.url:"https://a/?x=1"'],
    [{ field: "@user name", value: "x", excluded: true }, '-"@user name":x'],
    [{ field: "@q", value: 'say "hi" \\ x' }, '@q:"say \\"hi\\" \\\\ x"'],
    [{ field: "env", value: "" }, 'env:""'],
    [{ field: "env", value: "OR" }, 'env:"OR"'],
  ])("writes %j", (term, text) => expect(writeTerm(term)).toBe(text));

  it("parts a search outside of quotes and parentheses", () => {
    expect(partsOf('a "b c" service:(x OR y) @k:[1 TO 5] d\\ e')).toEqual([
      "a",
      '"b c"',
      "service:(x OR y)",
      "@k:[1 TO 5]",
      "d\\ e",
    ]);
  });

  it("reads the values of a field", () => {
    expect(valuesOf('service:(web OR "a b") -service:db env:prod', "service")).toEqual({
      included: ["web", "a b"],
      excluded: ["db"],
    });
    expect(valuesOf("service:web OR service:db", "service")).toEqual({ included: [], excluded: [] });
  });

  it("adds and excludes", () => {
    expect(withTerm("", { field: "status", value: "error" })).toBe("status:error");
    expect(withTerm("*", { field: "status", value: "error" })).toBe("status:error");
    expect(withTerm("x status:error", { field: "status", value: "info" })).toBe("x status:info");
    expect(withTerm("status:(error OR warn)", { field: "status", value: "error", excluded: true })).toBe(
      "status:warn -status:error",
    );
    expect(withTerm("a OR b", { field: "env", value: "prod" })).toBe("(a OR b) env:prod");
    expect(withTerm("@http:*", { field: "@http.method", value: "GET" })).toBe("@http:* @http.method:GET");
  });

  it("sets the values of a facet", () => {
    expect(withValues("x service:a", "service", ["a", "b c"])).toBe('x service:(a OR "b c")');
    expect(withValues("x service:a", "service", [])).toBe("x");
    expect(withValues("x", "service", [], ["a"])).toBe("x -service:a");
  });

  it("adds text", () => {
    expect(withText("*", '"a b"')).toBe('"a b"');
    expect(withText("a OR b", "-x")).toBe("(a OR b) -x");
  });
});

describe("completion", () => {
  it.each([
    ["serv", 4, { from: 0, to: 4, text: "serv" }],
    ["a -@htt", 7, { from: 3, to: 7, text: "@htt" }],
    ["service:we", 10, { from: 8, to: 10, text: "we", field: "service" }],
    ["-service:we", 11, { from: 9, to: 11, text: "we", field: "service" }],
    ["service:(web OR d", 17, { from: 16, to: 17, text: "d", field: "service" }],
    ['@url:"https://x', 15, { from: 5, to: 15, text: "https://x", field: "@url" }],
    ["a ", 2, { from: 2, to: 2, text: "" }],
  ])("of %j", (text, place, found) => expect(completingAt(text, place)).toEqual(found));
});
