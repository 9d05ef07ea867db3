import { expect, test } from "vitest";
import { hiddenFromReaders, isShared } from "./sharing";
import type { Widget } from "./types";

const widget = (type: string, inside?: Widget[]) =>
  ({ definition: { type, ...(inside && { widgets: inside }) } }) as unknown as Widget;

test("whoever shares a dashboard is told what its readers do not see, also in groups", () => {
  const widgets = [
    widget("timeseries"),
    widget("group", [widget("list_stream"), widget("note"), widget("list_stream")]),
    widget("slo"),
    widget("of_a_later_version"),
  ];
  expect(hiddenFromReaders(widgets).replaceAll("\u00a0", " ")).toBe(
    "Readers do not see 4 widgets of this dashboard: List, SLO, of_a_later_version.",
  );
  expect(hiddenFromReaders([widget("timeseries"), widget("group", [])])).toBe("");
  expect(isShared("timeseries")).toBe(true);
  expect(isShared("trace_service")).toBe(false);
});
