import { expect, test, vi } from "vitest";

vi.mock("~/api/client", () => ({ request: () => undefined }));

test("a powerpack brings its widgets, with the values that the dashboard gives", async () => {
  const { withPowerpacks } = await import("./powerpacks");
  const inner = { definition: { type: "timeseries", requests: [{ q: "avg:a{$env,$other}" }] } };
  const pack = {
    id: "p",
    attributes: {
      name: "Pack",
      group_widget: { definition: { type: "group", title: "Group", widgets: [inner] } },
    },
  };
  const widget = {
    definition: {
      type: "powerpack",
      powerpack_id: "p",
      template_variables: { controlled_by_powerpack: [{ name: "env", prefix: "env", values: ["prod"] }] },
    },
  };
  const [shown] = withPowerpacks([widget], new Map([["p", pack]]));
  expect(shown!.definition).toMatchObject({ type: "powerpack", title: "Group" });
  expect(shown!.definition.widgets![0]!.definition.requests[0].q).toBe("avg:a{env:prod,$other}");
  expect(withPowerpacks([widget], new Map())).toEqual([widget]);
});
