/** Numbers and times of SLOs as people read them. */

/** A percentage cut, and not rounded, to its decimals: a missed target never shows as met. */
export function percent(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined) return "–";
  const scale = 10 ** digits;
  // A double that stands for 99.95 may lie just below it; a millionth of the last digit is given back.
  const cut = Math.floor(value * scale + 1e-6) / scale;
  return `${cut < 0 ? "−" : ""}${grouped(Math.abs(cut), digits)}%`;
}

const grouped = (value: number, digits: number) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A duration or a count of what is left of the error budget. */
export function leftOf(raw: { value: number; unit: string }): string {
  if (raw.unit !== "seconds")
    return `${Math.floor(raw.value).toLocaleString("en-US").replace("-", "−")} ${raw.unit}`;
  const minutes = Math.floor(Math.abs(raw.value) / 60);
  const sign = raw.value < 0 ? "−" : "";
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  const parts = [days && `${days}d`, hours && `${hours}h`, `${minutes % 60}m`].filter(Boolean);
  return sign + parts.slice(0, 2).join(" ");
}

/** UNIX seconds as a date and a time of day in the browser's zone. */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString("en-US", {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });
}
