import { expect, it } from "vitest";
import { endOf, muteLabel, mutesOf } from "./mute";

const NOW = new Date("2026-11-29T22:15:00");

it("ends after its length, tomorrow morning, at a date, or never", () => {
  const now = NOW.getTime() / 1000;
  expect(endOf("30m", NOW, "")).toBe(now + 1800);
  expect(endOf("4h", NOW, "")).toBe(now + 14_400);
  expect(endOf("tomorrow", NOW, "")).toBe(new Date("2026-11-30T08:00:00").getTime() / 1000);
  expect(endOf("date", NOW, "2026-12-01T10:00")).toBe(new Date("2026-12-01T10:00").getTime() / 1000);
  expect(endOf("date", NOW, "")).toBeNaN();
  expect(endOf("forever", NOW, "")).toBeNull();
});

it("what mutes a scope are downtimes of all monitors whose tags it has", () => {
  const one = {
    id: 1,
    scope: ["service:web"],
    monitor_id: null,
    monitor_tags: ["*"],
    end: null,
    active: true,
  };
  const others = [
    { ...one, id: 2, scope: ["service:web", "env:dev"] },
    { ...one, id: 3, scope: ["*"] },
    { ...one, id: 4, monitor_id: 7 },
    { ...one, id: 5, monitor_tags: ["team:a"] },
    { ...one, id: 6, active: false },
  ];
  expect(mutesOf([one, ...others], "service:web,env:prod").map((found) => found.id)).toEqual([1]);
  expect(muteLabel(one)).toBe("Muted");
  expect(muteLabel({ ...one, end: Date.parse("2026-12-01T08:00") / 1000 })).toBe("Muted until Dec 1, 08:00");
});
