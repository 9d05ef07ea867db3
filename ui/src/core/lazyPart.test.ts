import { describe, expect, it } from "vitest";
import { lazyPart, retryFailedParts } from "./lazyPart";

type Lazy = { type: { _payload: unknown; _init: (payload: unknown) => unknown } };

/** What React does with a lazy component: calls its loader once, and keeps the outcome. */
async function render(part: ReturnType<typeof lazyPart>): Promise<unknown> {
  const { _init, _payload } = (part as unknown as (props: object) => Lazy)({}).type;
  try {
    return _init(_payload);
  } catch (thrown) {
    await (thrown as Promise<unknown>);
    return _init(_payload);
  }
}

describe("lazyPart", () => {
  it("is loaded anew after a failure, once it is asked to", async () => {
    let away = true;
    let loads = 0;
    const part = lazyPart(async () => {
      loads += 1;
      if (away) throw new TypeError("Failed to fetch dynamically imported module");
      return { default: () => null };
    });
    await expect(render(part)).rejects.toThrow("dynamically imported");
    away = false;
    await expect(render(part)).rejects.toThrow("dynamically imported");
    expect(loads).toBe(1);
    expect(retryFailedParts()).toBe(true);
    await expect(render(part)).resolves.toBeTypeOf("function");
    expect(loads).toBe(2);
    expect(retryFailedParts()).toBe(false);
  });
});
