import { expect, it } from "vitest";
import { burnRate, largestBurnRate, readSloAlert, shortOf, usualBurnRates, writeSloAlert } from "./sloAlert";

const ID = "0123456789abcdef0123456789abcdef";

it("SLO alerts are read and written back the same", () => {
  for (const text of [
    `error_budget("${ID}").over("7d") > 75`,
    `burn_rate("${ID}").over("30d").long_window("6h").short_window("30m") >= 6`,
  ])
    expect(writeSloAlert(readSloAlert(text)!)).toBe(text);
  expect(readSloAlert(`burn_rate("${ID}").over("7d").long_window("24h") > 3`)).toMatchObject({
    long: "24h",
    short: "120m",
  });
  expect(readSloAlert("avg(last_5m):a{*} > 1")).toBeNull();
});

it("usual burn rates are those of the field", () => {
  expect(burnRate(0.02, 30, 1)).toBe(14.4);
  expect(burnRate(0.05, 30, 6)).toBe(6);
  expect(burnRate(0.1, 30, 24)).toBe(3);
  const rates = (days: number) => usualBurnRates(days).map(({ rate }) => rate);
  expect(rates(7)).toEqual([16.8, 5.6, 2.8]);
  expect(rates(30)).toEqual([14.4, 6, 3]);
  expect(rates(90)).toEqual([21.6, 10.8, 4.5]);
  expect(shortOf("6h")).toBe("30m");
  expect(largestBurnRate(99)).toBeCloseTo(100);
});
