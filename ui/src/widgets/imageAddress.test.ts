import { expect, test } from "vitest";
import { imageAddress } from "./imageAddress";

test("pictures inside the page and snapshots need no permission", () => {
  expect(imageAddress("data:image/png;base64,AAAA").kind).toBe("inline");
  expect(imageAddress("/snapshot/view/heeler/2026-01-01/a.png").kind).toBe("inline");
});

test("pictures of other sites are external, and asked for over TLS", () => {
  expect(imageAddress("http://example.com/a.png")).toEqual({
    kind: "external",
    url: "https://example.com/a.png",
    host: "example.com",
  });
});

test("what no browser may load, or lies on the site of the dashboard's author, is missing", () => {
  for (const url of ["/static/images/a.png", "javascript:alert(1)", "data:text/html,x", "a.png", ""]) {
    expect(imageAddress(url).kind).toBe("missing");
  }
});
